/// \file
/// Tests that each trajectory's sample of a self-normalized estimate is by how much the estimate changes with its
/// weight: the delta method against differences, for trajectories that end at different times.
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "support/evaluation.hpp"

namespace samples_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

EvaluationLog random_log(const std::vector<TrajectoryRange>& ranges, Generator& generator) {
  const Index steps = ranges.back().end;
  EvaluationLog log{ranges, Row<double>(steps), Row<double>(steps), {0.9, 12}};
  for (Index t = 0; t < steps; ++t) {
    log.rewards(t) = generator.normal();
    log.log_ratios(t) = 0.5 * generator.normal();
  }
  return log;
}

/// Checks that samples − value = n ∂/∂c_i of the estimate in which trajectory i counts c_i times, minus the mean of
/// `alone`, the part of the contributions that has no weight and does not sum to the value.
template <class E>
void check_samples(const E& evaluator, const Row<double>& alone) {
  const Index count = evaluator.samples().size();
  constexpr double step = 1e-5;
  CHECK(evaluator.samples().mean() == Approx(evaluator.value()).epsilon(1e-12));
  for (Index i = 0; i < count; ++i) {
    Row<double> more = Row<double>::Ones(count);
    Row<double> less = more;
    more(i) += step;
    less(i) -= step;
    const double slope =
        static_cast<double>(count) * (evaluator.resampled(more) - evaluator.resampled(less)) / (2 * step);
    CHECK(evaluator.samples()(i) - evaluator.value() == Approx(slope - alone.mean()).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("The samples of self-normalized estimates are their slopes", "[evaluators]") {
  const auto ranges = ranges_of({3, 7, 1, 12, 5, 5, 2, 9});
  Generator generator(4);
  const EvaluationLog log = random_log(ranges, generator);
  Row<double> q(log.steps());
  Row<double> v(log.steps());
  for (Index t = 0; t < log.steps(); ++t) {
    q(t) = generator.normal();
    v(t) = generator.normal();
  }
  const ActionValues none = ActionValues::zero(log);
  const ActionValues values = values_of(ranges, q, v);
  for (const double cap : {ImportanceWeights::uncapped, 1.2}) {
    const ImportanceWeights weights(log, cap);
    INFO("cap " << cap);
    check_samples(StepwiseEvaluator(log, weights, none, Weighting::self_normalized), none.initial);
    check_samples(StepwiseEvaluator(log, weights, values, Weighting::self_normalized), values.initial);
    const Row<double> fade = Row<double>::LinSpaced(12, 1, 0.2);
    check_samples(StepwiseEvaluator(log, weights, values, Weighting::self_normalized, fade), values.initial);
    check_samples(TrajectorywiseEvaluator(log, weights, none, Weighting::self_normalized), none.initial);
  }
}

TEST_CASE("The samples of self-normalized estimates are those worked out", "[evaluators]") {
  const auto ranges = ranges_of({1, 2, 3});
  const EvaluationLog log{ranges, row({1, 2, 3, 1, 0, 4}), row({1.5, .5, 2, 2, .5, 1.5}).log(), {0.9, 3}};
  const ImportanceWeights weights(log);
  const StepwiseEvaluator wpdis(log, weights, ActionValues::zero(log), Weighting::self_normalized);
  CHECK((wpdis.samples() - row({0.6120918367, 4.1813647959, 4.5408290816})).abs().maxCoeff() < 1e-9);

  const EvaluationLog steps{ranges_of({1, 1, 1}), row({1, 0, 2}), row({2, .5, .5}).log(), {0.9, 1}};
  const ImportanceWeights own(steps);
  const TrajectorywiseEvaluator wis(steps, own, ActionValues::zero(steps), Weighting::self_normalized);
  CHECK((wis.samples() - row({1, .5, 1.5})).abs().maxCoeff() < 1e-12);
}

TEST_CASE("A weight that no number can hold is nothing to what earned nothing", "[evaluators]") {
  const EvaluationLog log{ranges_of({1, 1}), row({0, 1}), row({800, 0}), {1, 1}};
  const ImportanceWeights weights(log);
  const ActionValues none = ActionValues::zero(log);
  CHECK(std::isfinite(StepwiseEvaluator(log, weights, none, Weighting::ordinary).value()));
  CHECK(std::isfinite(TrajectorywiseEvaluator(log, weights, none, Weighting::ordinary).value()));
}

}  // namespace samples_test
