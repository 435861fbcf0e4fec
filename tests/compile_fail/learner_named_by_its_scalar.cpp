// expect: name the actions, Matrix<float> or ActionIndices, and not their floating-point type
#include "holdfast/training/any_learner.hpp"

using namespace holdfast;

int main() {
#ifdef HOLDFAST_CONTROL
  const auto learner = make_learner<Matrix<double>>("cql", {}, {3, 1}, 0);
#else
  const auto learner = make_learner<double>("cql", {}, {3, 1}, 0);
#endif
}
