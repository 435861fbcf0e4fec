/// \file
/// Tests MAGIC's blend against worked numbers, and in cases in which the best blend is known.
#include "holdfast/evaluators/magic.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/evaluation.hpp"

namespace magic_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

Approx about(double value) { return Approx(value).margin(1e-9).epsilon(0); }

StepwiseEvaluator weighted(const EvaluationLog& log, const ImportanceWeights& weights, const ActionValues& values) {
  return StepwiseEvaluator(log, weights, values, Weighting::self_normalized);
}

}  // namespace

TEST_CASE("MAGIC's returns and blend are the worked ones", "[evaluators]") {
  const TwoStepExample example;
  const EvaluationLog log = example.log();
  const ImportanceWeights weights(log);
  const Matrix<double> returns = weighted(log, weights, example.wrong_values()).partial_returns({0, 1, 2});
  Matrix<double> expected(6, 3);
  expected << .2333333333, .4108515816, .1762283636,  //
      .2333333333, .3223844282, .2673946115,          //
      .3750000000, .7089416058, .6402043350,          //
      .3750000000, .4124087591, .3780401237,          //
      .2333333333, .5895377129, .5162179573,          //
      .3750000000, .5414233577, .4864335410;
  CHECK((returns - expected).cwiseAbs().maxCoeff() < 1e-9);

  const Vector<double> totals = returns.colwise().sum().transpose();
  const Vector<double> blend = magic_blend(returns, {2.2, 2.7});
  CHECK(blend[0] == about(0.4972950230));
  CHECK(blend[1] == about(0));
  CHECK(blend[2] == about(0.5027049770));
  CHECK(totals.dot(blend) == about(2.1464893500));

  const Vector<double> corner = magic_blend(returns, {2.0, 2.3});
  CHECK(corner[0] == about(1));
  CHECK(totals.dot(corner) == about(1.8250000000));
}

TEST_CASE("The smallest form on the simplex beats every other point of it", "[evaluators]") {
  Generator generator(1);
  for (const Index size : {1, 2, 5, 12}) {
    Matrix<double> root(size, size + 1);
    generator.fill_normal(root);
    if (size == 5) root.row(2) = root.row(1);  // singular
    const Matrix<double> form = root * root.transpose();
    const Vector<double> best = detail::smallest_on_simplex(form);
    CHECK(best.sum() == Approx(1));
    CHECK(best.minCoeff() >= 0);
    const Vector<double> slope = form * best;  // equal for all entries in use, and nowhere smaller
    const double level = best.dot(slope);
    CHECK((slope.array() - level).minCoeff() > -1e-9 * form.norm());
  }
}

TEST_CASE("MAGIC is the direct method where Q is right, and weighted where it is far off", "[evaluators]") {
  // A bandit with one step: two actions worth 1 and 0 plus noise, π = (0.9, 0.1), π_b = (½, ½).
  Generator generator(3);
  constexpr Index count = 2000;
  const auto ranges = ranges_of(std::vector<Index>(count, 1));
  EvaluationLog log{ranges, Row<double>(count), Row<double>(count), {1, 1}};
  Row<double> right(count);
  for (Index i = 0; i < count; ++i) {
    const bool first = generator.uniform() < 0.5;
    log.rewards(i) = (first ? 1 : 0) + generator.normal();
    log.log_ratios(i) = std::log((first ? 0.9 : 0.1) / 0.5);
    right(i) = first ? 1 : 0;
  }
  const ImportanceWeights weights(log);
  const auto fade = [&](const ActionValues& values) { return magic_fade(weighted(log, weights, values))(0); };
  CHECK(fade(values_of(ranges, right, Row<double>::Constant(count, 0.9))) < 0.2);
  CHECK(fade(values_of(ranges, right + 5, Row<double>::Constant(count, 5.9))) > 0.98);
}

TEST_CASE("MAGIC spreads the returns that it blends over long trajectories, and is the direct method of one",
          "[evaluators]") {
  const auto ranges = ranges_of({100, 60, 100});
  Generator generator(5);
  EvaluationLog log{ranges, Row<double>(260), Row<double>(260), {0.95, 100}};
  for (Index t = 0; t < 260; ++t) {
    log.rewards(t) = generator.uniform();
    log.log_ratios(t) = 0.1 * generator.normal();
  }
  const ImportanceWeights weights(log);
  const Row<double> fade = magic_fade(weighted(log, weights, ActionValues::zero(log)), {.returns = 5});
  CHECK(fade.size() == 100);
  CHECK(fade(0) <= 1 + 1e-12);
  for (Index t = 1; t < 100; ++t) {
    CHECK(fade(t) <= fade(t - 1));
    if (t % 25 != 0) CHECK(fade(t) == fade(t - 1));
  }
  EvaluationLog single = log;
  single.trajectories = ranges_of({260});
  single.estimand.horizon = 260;
  const ImportanceWeights own(single);
  CHECK((magic_fade(weighted(single, own, ActionValues::zero(single))) == Row<double>::Zero(260)).all());
  CHECK_THROWS_WITH(magic_fade(weighted(log, weights, ActionValues::zero(log)), {.returns = 1}),
                    Contains("returns must be at least 2"));
  CHECK_THROWS_WITH(magic_fade(weighted(log, weights, ActionValues::zero(log)), {.resamples = 9}),
                    Contains("resamples must be at least 10 for an interval of confidence 0.5"));
}

}  // namespace magic_test
