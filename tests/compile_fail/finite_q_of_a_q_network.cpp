// expect: a ParametricFunction must name its Config
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"

using namespace holdfast;

// FiniteQ takes the function itself, not a network with parameters of its own.
#ifdef HOLDFAST_CONTROL
using Function = Mlp<float>;
#else
using Function = MlpFiniteQ<float>;
#endif

int main() {
  Generator generator(1);
  return static_cast<int>(FiniteQ<Function>({}, {1, 2}, generator).action_size());
}
