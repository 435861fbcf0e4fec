/// \file
/// Tests effective sample sizes and shares against worked numbers, and their warnings.
#include "holdfast/evaluators/overlap.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/evaluation.hpp"

namespace overlap_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("Effective sample sizes are the worked ones, at every step", "[evaluators]") {
  const TwoStepExample example;
  const ImportanceWeights weights(example.log());
  const Overlap first = Overlap::of(weights.at(0), weights.log_scale()(0));
  const Overlap last = Overlap::of(weights);
  CHECK(first.effective_sample_size == Approx(4.7673355347).epsilon(1e-9));
  CHECK(first.largest_share == Approx(0.2335766423).epsilon(1e-9));
  CHECK(first.mean_weight == Approx(1.1416666667).epsilon(1e-9));
  CHECK(last.effective_sample_size == Approx(3.1248954938).epsilon(1e-9));
  CHECK(last.largest_share == Approx(0.5213849287).epsilon(1e-9));
  CHECK(last.mean_weight == Approx(0.8183333333).epsilon(1e-9));
  const Row<double> again = Row<double>(weights.at(1) * std::exp(weights.log_scale()(1)));
  CHECK((again - row({2.56, .6, .375, .375, .4, .6})).abs().maxCoeff() < 1e-12);
}

TEST_CASE("Equal weights are worth their number, and nothing is said", "[evaluators]") {
  const Overlap overlap = Overlap::of(Row<double>::Ones(500));
  CHECK(overlap.effective_sample_size == Approx(500));
  CHECK(overlap.largest_share == Approx(0.002));
  CHECK(overlap.top_share == Approx(0.01));
  CHECK(overlap.warnings().empty());
  // Recorded probabilities are rounded.
  CHECK(Overlap::of(Row<double>::Constant(500, 0.9999)).warnings().empty());
}

TEST_CASE("The largest hundredth is that of the largest weights", "[evaluators]") {
  Row<double> weights = Row<double>::Ones(300);
  weights(7) = 200;
  weights(100) = 300;
  weights(250) = 203;
  weights(3) = 0;
  const Overlap overlap = Overlap::of(weights);
  CHECK(overlap.top_share == Approx(703.0 / 999));
  CHECK(overlap.largest_share == Approx(300.0 / 999));
  const auto warnings = overlap.warnings();
  REQUIRE(warnings.size() == 3);
  CHECK_THAT(warnings[0], Contains("the weight of 300 trajectories is that of 5.8") && Contains("do not trust it"));
  CHECK_THAT(warnings[1], Contains("the weights' mean is 3.33, not 1"));
  CHECK_THAT(warnings[2], Contains("a hundredth of the trajectories carries 70 % of the weight"));
}

TEST_CASE("Few trajectories of full weight are few, and not far from the policy", "[evaluators]") {
  Row<double> weights = Row<double>::Ones(10);
  CHECK(Overlap::of(weights).warnings().empty());
  weights(0) = 1.5;
  weights(1) = 0.5;
  auto warnings = Overlap::of(weights).warnings();
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("there are only 10 trajectories, with the weight of 9.5") &&
                              Contains("record more") && !Contains("too far"));
  Row<double> far = Row<double>::Constant(100, 0.1);
  far.head(8).setConstant(11.35);
  warnings = Overlap::of(far).warnings();
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("too far from the data") && !Contains("there are only"));
  // If only few of many trajectories count, the total number does not matter.
  far = Row<double>::Zero(10000);
  far.head(60).setConstant(10000.0 / 60);
  CHECK_THAT(Overlap::of(far).warnings().front(), Contains("the weight of 10000 trajectories is that of 60"));
}

TEST_CASE("Weights that are all zero speak for nothing", "[evaluators]") {
  const Overlap overlap = Overlap::of(Row<double>::Zero(20));
  CHECK(overlap.effective_sample_size == 0);
  REQUIRE(overlap.warnings("steps").size() == 1);
  CHECK_THAT(overlap.warnings("steps").front(), Contains("none of the logged steps is possible"));
}

TEST_CASE("A log that contradicts itself is refused", "[evaluators]") {
  EvaluationLog log = TwoStepExample().log();
  const auto refuses = [&](const char* words) {
    CHECK_THROWS_WITH(ImportanceWeights(log), Contains(words));
    log = TwoStepExample().log();
  };
  log.log_ratios(3) = INFINITY;
  refuses("in row 3: the behavior's probability of a logged action cannot be 0");
  log.rewards(5) = NAN;
  refuses("rewards: expected finite numbers, found nan in row 5");
  log.trajectories = log.trajectories.select({0, 1, 2, 3, 4});
  refuses("as many rewards and log-ratios as the trajectories have steps, 10, found 12");
  log.trajectories = {};
  refuses("at least one, found none");
  log.estimand.horizon = 1;
  refuses("at most 1 steps, the horizon, found 2 from row 0");
  log.estimand.discount = -1;
  refuses("discount must be in [0, 1]");
  CHECK_THROWS_WITH(ImportanceWeights(log, -1), Contains("cap must be positive"));
}

}  // namespace overlap_test
