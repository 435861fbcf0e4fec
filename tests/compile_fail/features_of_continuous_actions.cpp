// expect: LinearFeatures must have static void features
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/policies/categorical.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Features = AffineActionBlocks;
#else
using Features = QuadraticFeatures;
#endif

LinearFqe<Features> fit(const Transitions<float, ActionIndices>& dataset,
                        DeployedPolicy<MlpCategorical<float>>& policy) {
  return {dataset, policy, Estimand{}};
}
