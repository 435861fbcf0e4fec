/// \file
/// The exponential wall: the variance of importance sampling grows like (E ρ²)^T, and a sample does not show it. Tests
/// exact moments against enumeration and closed forms, what one dataset shows when weights tell nothing, and how
/// accurate marginalized and doubly robust estimates then are.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/environments/tabular/importance_moments.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "support/tabular_log.hpp"

namespace exponential_wall_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// Sums of probability times value, and of probability times its square, over all outcomes.
struct Enumerated {
  double chance = 0;
  double mean = 0;
  double square = 0;

  void add(double share, double value) {
    chance += share;
    mean += share * value;
    square += share * value * value;
  }
  [[nodiscard]] double variance() const { return square - mean * mean; }
};

/// Enumerates every trajectory, one after the other.
struct Enumeration {
  const TabularMdp& mdp;
  const PolicyPair& policies;
  double discount = 1;
  const std::vector<Matrix<double>>& q;
  Enumerated weight, is, pdis, dr;

  struct Path {
    double chance;
    double weight = 1;
    double discount = 1;
    double total = 0;     // Σ γ^t r_t
    double weighted = 0;  // Σ γ^t W_t r_t
    double robust = 0;    // Σ γ^t (W_t (r_t − Q) + W_{t−1} V)
  };

  void run() {
    for (Index state = 0; state < mdp.states(); ++state) visit(state, q.size(), {.chance = mdp.initial(state)});
  }

 private:
  void finish(const Path& path) {
    weight.add(path.chance, path.weight);
    is.add(path.chance, path.weight * path.total);
    pdis.add(path.chance, path.weighted);
    dr.add(path.chance, path.robust);
  }

  void visit(Index state, std::size_t left, const Path& path) {
    if (left == 0) {
      finish(path);
      return;
    }
    const Matrix<double>& now = q[left - 1];
    for (Index action = 0; action < mdp.actions(); ++action) {
      Path next = path;
      next.weight *= policies.target(action, state) / policies.behavior(action, state);
      next.total += path.discount * mdp.rewards(action, state);
      next.weighted += path.discount * next.weight * mdp.rewards(action, state);
      next.robust += path.discount * (next.weight * (mdp.rewards(action, state) - now(action, state)) +
                                      path.weight * policies.target.col(state).dot(now.col(state)));
      next.discount *= discount;
      const double taken = path.chance * policies.behavior(action, state);
      for (Index to = 0; to < mdp.states(); ++to) {
        next.chance = taken * mdp.transitions(to, mdp.column(state, action));
        if (next.chance > 0) visit(to, left - 1, next);
      }
      next.chance = taken * mdp.terminations(action, state);
      if (next.chance > 0) finish(next);
    }
  }
};

void check_same(const Moments& found, const Enumerated& expected) {
  CHECK(expected.chance == Approx(1).epsilon(1e-12));
  CHECK(found.mean == Approx(expected.mean).epsilon(1e-11));
  CHECK(found.variance == Approx(expected.variance()).epsilon(1e-10));
}

/// E[ρ²] = 1.64 for a behavior policy that takes both actions equally often, and a target that takes one of them with
/// probability 0.9.
constexpr double growth = 1.64;

PolicyPair nine_to_one(Index states) {
  PolicyPair pair{Matrix<double>::Constant(2, states, 0.5), Matrix<double>(2, states)};
  for (Index s = 0; s < states; ++s) pair.target.col(s) << (s % 2 == 0 ? 0.9 : 0.1), (s % 2 == 0 ? 0.1 : 0.9);
  return pair;
}

/// Returns a process with one state, in which the preferred action earns 1.
TabularMdp one_state() {
  TabularMdp mdp = TabularMdp::zeros(1, 2);
  mdp.initial(0) = 1;
  mdp.transitions.setOnes();
  mdp.rewards(0, 0) = 1;
  return mdp;
}

/// Returns a process with four states that never ends, with random rewards in [0, 1].
TabularMdp endless_world() {
  Generator generator(11);
  return random_mdp({.states = 4, .actions = 2, .branching = 3, .rewards = RewardLaw::uniform}, generator);
}

}  // namespace

TEST_CASE("The moments of one trajectory are those of all that can happen", "[theorems]") {
  Generator generator(7);
  const TabularMdp mdp = random_mdp({.states = 3, .actions = 2, .branching = 2, .termination = 0.15}, generator);
  const PolicyPair pair{random_policy({3, 2}, 1, generator), random_policy({3, 2}, 1, generator)};
  for (const double discount : {1.0, 0.8, 0.0})
    for (Index horizon = 1; horizon <= 6; ++horizon) {
      CAPTURE(discount, horizon);
      std::vector<Matrix<double>> wrong;
      for (Index h = 0; h < horizon; ++h) {
        wrong.emplace_back(2, 3);
        for (double& value : wrong.back().reshaped()) value = generator.normal();
      }
      Enumeration all{mdp, pair, discount, wrong, {}, {}, {}, {}};
      all.run();
      check_same(importance_weight_moments(mdp, pair, horizon), all.weight);
      check_same(importance_sampling_moments(mdp, pair, discount, horizon), all.is);
      check_same(per_decision_moments(mdp, pair, discount, horizon), all.pdis);
      check_same(doubly_robust_moments(mdp, pair, discount, wrong), all.dr);

      const auto q = finite_horizon_q(mdp, pair.target, discount, horizon);
      double value = 0;
      for (Index s = 0; s < 3; ++s) value += mdp.initial(s) * pair.target.col(s).dot(q.back().col(s));
      CHECK(all.is.mean == Approx(value).epsilon(1e-11));
      CHECK(all.dr.mean == Approx(value).epsilon(1e-11));
    }
}

TEST_CASE("With one state the variances are the closed forms, as worked out for nine to one", "[theorems]") {
  const TabularMdp mdp = one_state();
  const PolicyPair pair = nine_to_one(1);
  constexpr double m = 0.9;   // E[ρ r]
  constexpr double s = 1.62;  // E[ρ² r] = E[ρ² r²]
  struct Worked {
    Index horizon;
    double weight, is, pdis;
  };
  for (const Worked& row : {Worked{1, .64, .81, .81},
                            {2, 1.6896, 7.3224, 3.9528},
                            {3, 3.410944, 31.605552, 11.958192},
                            {5, 10.86367498, 269.8666088, 61.8074572},
                            {10, 139.7467841, 13669.44169, 1222.048555},
                            {20, 19808.65723, 7736225.09, 190746.155},
                            {50, 5.523220764e10, 1.347665045e14, 5.330123765e11},
                            {100, 3.050596761e21, 2.977013137e25, 2.943945038e22}}) {
    CAPTURE(row.horizon);
    const double weight = importance_weight_moments(mdp, pair, row.horizon).variance;
    const double is = importance_sampling_moments(mdp, pair, 1, row.horizon).variance;
    const double pdis = per_decision_moments(mdp, pair, 1, row.horizon).variance;
    CHECK(weight == Approx(row.weight).epsilon(1e-9));
    CHECK(is == Approx(row.is).epsilon(1e-9));
    CHECK(pdis == Approx(row.pdis).epsilon(1e-9));

    const auto t = static_cast<double>(row.horizon);
    const auto power = [](double exponent) { return std::pow(growth, exponent); };
    double mixed = 0;
    for (Index k = 0; k < row.horizon; ++k)
      mixed += static_cast<double>(row.horizon - 1 - k) * power(static_cast<double>(k));
    CHECK(weight == Approx(power(t) - 1).epsilon(1e-12));
    CHECK(is == Approx(t * power(t - 1) * s + t * (t - 1) * power(t - 2) * s * s - t * t * m * m).epsilon(1e-12));
    CHECK(pdis == Approx(s * (power(t) - 1) / (growth - 1) + 2 * s * m * mixed - t * t * m * m).epsilon(1e-12));
  }
}

TEST_CASE("Doubly robust estimates with the exact Q vary only by what chance does, and by it exponentially",
          "[theorems]") {
  const PolicyPair pair = nine_to_one(1);
  CHECK(doubly_robust_moments(one_state(), pair, 1, finite_horizon_q(one_state(), pair.target, 1, 50)).variance ==
        Approx(0).margin(1e-9));
  // The process goes on or ends, with probability ½ each: noise of variance ¼ V² at each step that is not the last.
  TabularMdp mdp = one_state();
  mdp.transitions.setConstant(0.5);
  mdp.terminations.setConstant(0.5);
  const auto q = finite_horizon_q(mdp, pair.target, 1, 12);
  double expected = 0;
  for (Index t = 0; t + 1 < 12; ++t) {
    const double value = pair.target.col(0).dot(q[static_cast<std::size_t>(10 - t)].col(0));
    expected +=
        std::pow(growth, static_cast<double>(t + 1)) * std::pow(0.5, static_cast<double>(t)) * value * value / 4;
  }
  CHECK(doubly_robust_moments(mdp, pair, 1, q).variance == Approx(expected).epsilon(1e-12));
}

TEST_CASE("In every process with that ratio all variances grow by E[ρ²] a step", "[theorems]") {
  const TabularMdp mdp = endless_world();
  const PolicyPair pair = nine_to_one(4);
  const auto ratio = [&](auto&& variance, Index horizon) { return variance(horizon + 1) / variance(horizon); };
  const auto weight = [&](Index t) { return 1 + importance_weight_moments(mdp, pair, t).variance; };
  const auto is = [&](Index t) { return importance_sampling_moments(mdp, pair, 1, t).variance; };
  const auto pdis = [&](Index t) { return per_decision_moments(mdp, pair, 1, t).variance; };
  const auto dr = [&](Index t) {
    return doubly_robust_moments(mdp, pair, 1, finite_horizon_q(mdp, pair.target, 1, t)).variance;
  };
  for (const Index t : {1, 7, 50}) CHECK(ratio(weight, t) == Approx(growth).epsilon(1e-12));
  CHECK(ratio(is, 200) * std::pow(200.0 / 201, 2) == Approx(growth).epsilon(1e-3));  // the return grows like T
  CHECK(ratio(pdis, 200) == Approx(growth).epsilon(1e-3));
  CHECK(ratio(dr, 200) == Approx(growth).epsilon(1e-3));
}

namespace {

/// One dataset of the endless world with 1,000 trajectories, and the true values for it.
struct Experiment {
  TabularMdp mdp = endless_world();
  PolicyPair pair = nine_to_one(4);
  Estimand estimand;
  Transitions<double, ActionIndices> data;
  EvaluationLog log;
  std::vector<Matrix<double>> q;  ///< exact
  double truth = 0;

  Experiment(Index horizon, std::uint64_t seed)
      : estimand{1, horizon}, data(record(mdp, pair.behavior, 1000, horizon, seed)) {
    auto policy = tabular_policy(pair.target);
    log = make_log(Episodes(data), estimand, log_probs(policy, data), recorded_log_probs(data));
    q = finite_horizon_q(mdp, pair.target, 1, horizon);
    truth = doubly_robust_moments(mdp, pair, 1, q).mean;
  }

  /// Returns the values along the log of a Q for each number of steps left.
  [[nodiscard]] ActionValues along_log(const std::vector<Matrix<double>>& table) const {
    ActionValues values = ActionValues::zero(log);
    const auto states = detail::checked_states(data);
    for (Index i = 0; i < log.size(); ++i) {
      const TrajectoryRange& range = log.trajectories[i];
      for (Index row = range.begin; row < range.end; ++row) {
        const Matrix<double>& now = table[static_cast<std::size_t>(range.end - row - 1)];
        const double value = pair.target.col(states(row)).dot(now.col(states(row)));
        values.q(row) = now(data.actions(row), states(row));
        (row == range.begin ? values.initial(i) : values.next(row - 1)) = value;
      }
    }
    return values;
  }
};

}  // namespace

// In 1,000 seeds, none failed at T ≤ 3, where the largest deviation was 0.25, nor with per-decision importance sampling
// at T = 50. One failed with importance sampling of whole trajectories: a false alarm has a probability of 0.1 %.
TEST_CASE("The sample variance of a thousand trajectories is right at three steps, and nothing at fifty",
          "[theorems]") {
  for (const Index horizon : {1, 2, 3, 50}) {
    const Experiment x(horizon, 21);
    const ImportanceWeights weights(x.log);
    const ActionValues none = ActionValues::zero(x.log);
    const double is = sample_variance(TrajectorywiseEvaluator(x.log, weights, none, Weighting::ordinary).samples()) /
                      importance_sampling_moments(x.mdp, x.pair, 1, horizon).variance;
    const double pdis = sample_variance(StepwiseEvaluator(x.log, weights, none, Weighting::ordinary).samples()) /
                        per_decision_moments(x.mdp, x.pair, 1, horizon).variance;
    CAPTURE(horizon, is, pdis);
    if (horizon <= 3) {
      CHECK(is == Approx(1).margin(0.5));
      CHECK(pdis == Approx(1).margin(0.5));
    } else {
      CHECK(is < 1e-4);
      CHECK(pdis < 1e-2);
    }
  }
}

// In 1,000 seeds, 10 exceeded the bound of the doubly robust estimate, whose variance grows exponentially too (its
// median error is 0.5 %, its largest 286 %), and none exceeded another bound: the largest errors were 37 % and,
// renormalized, 1.8 %, and 4.6 % for the self-normalized estimate.
TEST_CASE("At fifty steps marginalized and doubly robust estimates are near where importance sampling is lost",
          "[theorems]") {
  const Experiment x(50, 22);
  const ImportanceWeights weights(x.log);
  const ActionValues values = x.along_log(finite_horizon_q(empirical_mdp(x.data), x.pair.target, 1, 50));
  const auto error = [&](double value) { return std::abs(value / x.truth - 1); };
  const double is =
      error(TrajectorywiseEvaluator(x.log, weights, ActionValues::zero(x.log), Weighting::ordinary).value());
  const double dr = error(StepwiseEvaluator(x.log, weights, values, Weighting::ordinary).value());
  const double wdr = error(StepwiseEvaluator(x.log, weights, values, Weighting::self_normalized).value());
  const double mis = error(MarginalizedEvaluator(x.data, x.log).value());
  const double normal_mis = error(MarginalizedEvaluator(x.data, x.log, true).value());
  CAPTURE(x.truth, is, dr, wdr, mis, normal_mis);
  CHECK(is > 0.5);
  CHECK(dr < 0.27);
  CHECK(wdr < 0.1);
  CHECK(mis < 0.5);
  CHECK(normal_mis < 0.03);
}

TEST_CASE("Moments refuse what has none", "[theorems]") {
  const TabularMdp mdp = one_state();
  PolicyPair pair = nine_to_one(1);
  CHECK_THROWS_AS(per_decision_moments(mdp, pair, 1, 0), ConfigError);
  CHECK_THROWS_AS(importance_sampling_moments(mdp, pair, 1.5, 3), ConfigError);
  CHECK_THROWS_AS(doubly_robust_moments(mdp, pair, 1, {Matrix<double>::Zero(1, 1)}), DataError);
  pair.behavior << 0, 1;
  CHECK_THROWS_WITH(pair.ratios(mdp), Contains("state 0, action 0"));
}

}  // namespace exponential_wall_test
