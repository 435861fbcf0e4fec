// expect: an Evaluator must have double resampled
#include "holdfast/evaluators/bootstrap.hpp"

using namespace holdfast;

struct MyEvaluator {
  Row<double> own;
  double value() const { return own.mean(); }
  const Row<double>& samples() const { return own; }
#ifdef HOLDFAST_CONTROL
  double resampled(const Row<double>& counts) const { return (counts * own).mean(); }
#endif
};

Row<double> estimates(const MyEvaluator& evaluator) { return bootstrap(evaluator, 10, 1); }
