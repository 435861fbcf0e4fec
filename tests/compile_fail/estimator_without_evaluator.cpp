// expect: an Estimator must have static auto evaluator
#include "holdfast/evaluators/estimates.hpp"

using namespace holdfast;

struct MyEstimator {
  static constexpr EstimatorRow row{.name = "mine"};
#ifdef HOLDFAST_CONTROL
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::ordinary};
  }
#endif
};

PolicyEstimate ask(const OffPolicyEvaluation<Transitions<float>, Estimators::With<MyEstimator>>& evaluation) {
  return evaluation.estimate("mine");
}
