/// \file
/// Tests how often intervals contain the true value, over 1,000 datasets. Those that assume nearly normal samples must
/// do so in 93 to 97 % if the samples are, Hoeffding's and Bernstein's in at least 95 %.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "support/evaluation.hpp"

namespace interval_coverage_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Index horizon = 3;
constexpr Index trajectories_of_each = 300;
constexpr int replications = 1000;

/// A process with two states and two actions that never ends; rewards are in [0, 1]. Ratios are between 0.5 and 1.5.
struct World {
  TwoStepExample numbers;
  Matrix<double> rewards{{.9, .3}, {.2, .6}};
  Matrix<double> target{{.7, .3}, {.3, .7}};
  Matrix<double> behavior{{.5, .6}, {.5, .4}};

  /// Returns V with `left` steps left, S.
  [[nodiscard]] Vector<double> value(Index left) const {
    Vector<double> value = Vector<double>::Zero(2);
    for (Index h = 0; h < left; ++h) value = target.cwiseProduct(q(value)).colwise().sum().transpose().eval();
    return value;
  }
  [[nodiscard]] Matrix<double> q(const Vector<double>& next) const {
    Matrix<double> q = rewards;
    for (Index s = 0; s < 2; ++s)
      for (Index a = 0; a < 2; ++a) q(a, s) += (1 - numbers.to_one(a, s)) * next[0] + numbers.to_one(a, s) * next[1];
    return q;
  }
  [[nodiscard]] double truth() const { return 0.6 * value(horizon)[0] + 0.4 * value(horizon)[1]; }

  /// Returns one dataset, and along it the values of a Q that is wrong by a quarter.
  std::pair<EvaluationLog, ActionValues> draw(Generator& generator) const {
    const auto ranges = ranges_of(std::vector<Index>(trajectories_of_each, horizon));
    const Index size = trajectories_of_each * horizon;
    EvaluationLog log{ranges, Row<double>(size), Row<double>(size), {1, horizon}};
    Row<double> taken(size);
    Row<double> v(size);
    Index row = 0;
    for (Index i = 0; i < trajectories_of_each; ++i) {
      Index s = generator.uniform() < 0.6 ? 0 : 1;
      for (Index t = 0; t < horizon; ++t, ++row) {
        const Index a = generator.uniform() < behavior(0, s) ? 0 : 1;
        const Matrix<double> table = 0.75 * q(value(horizon - t - 1));
        log.rewards(row) = rewards(a, s);
        log.log_ratios(row) = std::log(target(a, s) / behavior(a, s));
        taken(row) = table(a, s);
        v(row) = target.col(s).dot(table.col(s));
        s = generator.uniform() < numbers.to_one(a, s) ? 1 : 0;
      }
    }
    return {std::move(log), values_of(ranges, taken, v)};
  }
};

struct Coverage {
  int student_t = 0;
  int percentile = 0;
  int bca = 0;

  void count(const StepwiseEvaluator& evaluator, double truth, std::uint64_t seed) {
    const Row<double> replicates = bootstrap(evaluator, 400, seed);
    student_t += student_t_interval(evaluator.samples(), 0.95).contains(truth);
    percentile += percentile_interval(replicates, 0.95).contains(truth);
    bca += bca_interval(replicates, evaluator.value(), evaluator.samples() - evaluator.samples().mean(), 0.95)
               .contains(truth);
  }
  void check() const {
    for (const int covered : {student_t, percentile, bca}) {
      CHECK(covered >= 930);
      CHECK(covered <= 970);
    }
  }
};

}  // namespace

// If intervals contain the true value in exactly 95 %, fewer than 930 or more than 970 of 1,000 do so in 0.4 % of all
// seeds; with nine such checks there is a false alarm in one of thirty seeds. The seed is fixed.
TEST_CASE("Intervals of weighted estimates hold the truth as often as they say", "[theorems]") {
  const World world;
  const double truth = world.truth();
  Generator generator(2024, Stream::sampling);
  Coverage per_decision;
  Coverage self_normalized;
  Coverage doubly_robust;
  int hoeffding = 0;
  int bernstein = 0;
  double highest = 0;  // largest contribution of a trajectory: weights up to 1.4, 1.75, …, rewards up to 0.9
  const double most_ratio = (world.target.array() / world.behavior.array()).maxCoeff();
  for (Index t = 1; t <= horizon; ++t) highest += 0.9 * std::pow(most_ratio, static_cast<double>(t));
  for (int i = 0; i < replications; ++i) {
    const auto [log, values] = world.draw(generator);
    const ImportanceWeights weights(log);
    const auto seed = static_cast<std::uint64_t>(i);
    const ActionValues none = ActionValues::zero(log);
    const StepwiseEvaluator plain(log, weights, none, Weighting::ordinary);
    per_decision.count(plain, truth, seed);
    self_normalized.count({log, weights, none, Weighting::self_normalized}, truth, seed);
    doubly_robust.count({log, weights, values, Weighting::ordinary}, truth, seed);
    hoeffding += hoeffding_interval(plain.samples(), {0, highest}, 0.95).contains(truth);
    bernstein += bernstein_interval(plain.samples(), {0, highest}, 0.95).contains(truth);
  }
  per_decision.check();
  self_normalized.check();
  doubly_robust.check();
  CHECK(hoeffding >= 950);
  CHECK(bernstein >= 950);
}

}  // namespace interval_coverage_test
