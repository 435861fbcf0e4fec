// expect: name the actions, Matrix<float> or ActionIndices, and not their floating-point type
#include "holdfast/core/types.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Actions = Matrix<double>;
#else
using Actions = double;  // as in make_learner<double>("cql", …)
#endif

int main() {
  const ScalarOf<Actions> zero = 0;
  return static_cast<int>(zero);
}
