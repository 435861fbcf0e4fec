/// \file
/// Tests estimates against numbers worked out by hand, to 1e-9: two states and two steps, and trajectories of unequal
/// length.
#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "support/evaluation.hpp"

namespace worked_examples_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr double uncapped = ImportanceWeights::uncapped;

/// The seven estimates on the log with a given Q.
struct Estimates {
  double dm, is, pdis, dr, wis, wpdis, wdr;
};

Estimates estimate(const EvaluationLog& log, const ActionValues& values, double cap = uncapped) {
  const ImportanceWeights weights(log, cap);
  const ActionValues none = ActionValues::zero(log);
  const Row<double> nothing = Row<double>::Zero(weights.longest());
  const auto stepwise = [&](const ActionValues& of, Weighting weighting) {
    return StepwiseEvaluator(log, weights, of, weighting).value();
  };
  return {.dm = StepwiseEvaluator(log, weights, values, Weighting::ordinary, nothing).value(),
          .is = TrajectorywiseEvaluator(log, weights, none, Weighting::ordinary).value(),
          .pdis = stepwise(none, Weighting::ordinary),
          .dr = stepwise(values, Weighting::ordinary),
          .wis = TrajectorywiseEvaluator(log, weights, none, Weighting::self_normalized).value(),
          .wpdis = stepwise(none, Weighting::self_normalized),
          .wdr = stepwise(values, Weighting::self_normalized)};
}

Approx about(double value) { return Approx(value).margin(1e-9).epsilon(0); }

void check_near(const Row<double>& found, const Row<double>& expected) {
  REQUIRE(found.size() == expected.size());
  CHECK((found - expected).abs().maxCoeff() < 1e-9);
}

}  // namespace

TEST_CASE("Every estimator gives the worked numbers of the two-step example", "[evaluators]") {
  const TwoStepExample example;
  const Estimates found = estimate(example.log(), example.wrong_values());
  CHECK(found.dm == about(1.8250000000));
  CHECK(found.is == about(1.4110833333));
  CHECK(found.pdis == about(2.1302500000));
  CHECK(found.dr == about(2.7235833333));
  CHECK(found.wis == about(1.7243380855));
  CHECK(found.wpdis == about(2.0753794580));
  CHECK(found.wdr == about(2.4645189320));
}

TEST_CASE("Each trajectory of the two-step example says its worked number", "[evaluators]") {
  const TwoStepExample example;
  const EvaluationLog log = example.log();
  const ImportanceWeights weights(log);
  const ActionValues none = ActionValues::zero(log);
  const ActionValues wrong = example.wrong_values();
  check_near(TrajectorywiseEvaluator(log, weights, none, Weighting::ordinary).samples(),
             row({4.864, 1.38, .4125, .3, .04, 1.47}));
  check_near(StepwiseEvaluator(log, weights, none, Weighting::ordinary).samples(),
             row({3.904, 1.28, 2.6625, .425, 1.24, 3.27}));
  check_near(StepwiseEvaluator(log, weights, wrong, Weighting::ordinary).samples(),
             row({1.464, 1.74, 4.2, 2.3375, 3.48, 3.12}));
}

TEST_CASE("With the exact Q the estimates are the worked ones", "[evaluators]") {
  const TwoStepExample example;
  const Matrix<double> last = example.rewards;
  const Matrix<double> first{{2.026, 3.17}, {1.886, .458}};
  const Estimates found = estimate(example.log(), example.values(first, last));
  CHECK(found.dm == about(2.4484000000));
  CHECK(found.dr == about(2.5378000000));
  CHECK(found.wdr == about(2.5267065693));
}

TEST_CASE("Capped weights stand at both places of the doubly robust estimate", "[evaluators]") {
  const TwoStepExample example;
  const Estimates found = estimate(example.log(), example.wrong_values(), 1.2);
  CHECK(found.pdis == about(1.5929166667));
  CHECK(found.is == about(0.9804166667));
  CHECK(found.dr == about(2.5590000000));
}

TEST_CASE("Trajectories of unequal length give the worked numbers", "[evaluators]") {
  const auto ranges = ranges_of({1, 2, 3});
  const EvaluationLog log{ranges, row({1, 2, 3, 1, 0, 4}), row({1.5, .5, 2, 2, .5, 1.5}).log(), {0.9, 3}};
  const ActionValues values = values_of(ranges, row({.8, 1.5, 2, 1.2, .5, 3}), row({1, 1, 2.5, 1.5, 1, 2}));
  const Estimates found = estimate(log, values);
  CHECK(found.is == about(4.1866666667));
  CHECK(found.pdis == about(4.0200000000));
  CHECK(found.dm == about(1.1666666667));
  CHECK(found.dr == about(3.2866666667));
  CHECK(found.wis == about(3.1400000000));
  CHECK(found.wpdis == about(3.1114285714));
  CHECK(found.wdr == about(2.8305952381));
  const ImportanceWeights weights(log);
  check_near(StepwiseEvaluator(log, weights, values, Weighting::ordinary).samples(), row({1.3, 3.275, 5.285}));
}

TEST_CASE("A bandit is a log of trajectories of one step", "[evaluators]") {
  const Matrix<double> target{{.7, .1, .25, 0, .5}, {.2, .6, .25, .9, .3}, {.1, .3, .5, .1, .2}};
  const Matrix<double> q{{.8, .5, .9, .6, .7}, {.4, .3, .2, .5, .1}, {1.5, 1, 1.8, 1.2, 2}};
  const ActionIndices actions{{0, 1, 2, 0, 2}};
  const Row<double> propensities = row({.5, .2, .4, .25, .1});
  Row<double> chances(5);
  Row<double> taken(5);
  for (Index i = 0; i < 5; ++i) {
    chances(i) = target(actions(i), i);
    taken(i) = q(actions(i), i);
  }
  const auto ranges = ranges_of(std::vector<Index>(5, 1));
  const EvaluationLog log{ranges, row({1, 0, 2, 1, 3}), (chances / propensities).log(), {1, 1}};
  const ActionValues values = values_of(ranges, taken, target.cwiseProduct(q).colwise().sum().array());
  const Estimates found = estimate(log, values);
  CHECK(found.is == about(1.98));
  CHECK(found.pdis == about(1.98));
  CHECK(found.wis == about(1.2941176471));
  CHECK(found.wpdis == about(1.2941176471));
  CHECK(found.dm == about(0.769));
  CHECK(found.dr == about(1.095));
  CHECK(found.wdr == about(0.9820718954));
  CHECK(estimate(log, values, 1.5).is == about(1.68));
  CHECK(estimate(log, values, 1.5).dr == about(1.085));
}

}  // namespace worked_examples_test
