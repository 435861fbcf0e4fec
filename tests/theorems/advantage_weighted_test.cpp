/// \file
/// Theorem (Peters et al. 2010, "Relative entropy policy search"; Nair et al. 2020, "AWAC", equations 9 to 13). The
/// policy that maximizes E_π[A] − λ KL(π, π_data) is π* ∝ π_data exp(A/λ). The maximum is λ log E_data[exp(A/λ)], and
/// cloning the data with weights exp(A/λ) projects π* onto the available policies.
///
/// On a bandit with data N(μ, σ²) and the advantage slope · a − curvature · a²/2, π* is Gaussian:
/// 1/σ*² = 1/σ² + curvature/λ and μ* = σ*² (μ/σ² + slope/λ). A slope alone shifts the mean by σ² slope/λ.
#include "holdfast/improvements/advantage_weighted.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/expectile.hpp"
#include "holdfast/values/policy_value.hpp"
#include "support/bandit.hpp"
#include "support/scalar_quadratic_q.hpp"

namespace advantage_weighted_test {

using namespace holdfast;

namespace {

struct Normal {
  double mean, deviation;
};

/// The bandit: Gaussian data, a quadratic advantage and the price λ of leaving the data.
struct Problem {
  Normal data;
  double slope, curvature, temperature;

  [[nodiscard]] double advantage(double a) const { return slope * a - 0.5 * curvature * a * a; }

  /// Returns π*.
  [[nodiscard]] Normal solution() const {
    const double variance = 1 / (1 / (data.deviation * data.deviation) + curvature / temperature);
    return {variance * (data.mean / (data.deviation * data.deviation) + slope / temperature), std::sqrt(variance)};
  }

  /// Returns E_π[A] − λ KL(π, π_data).
  [[nodiscard]] double objective(Normal policy) const {
    const double spread = policy.deviation * policy.deviation;
    const double distance = policy.mean - data.mean;
    const double divergence = std::log(data.deviation / policy.deviation) - 0.5 +
                              (spread + distance * distance) / (2 * data.deviation * data.deviation);
    return advantage(policy.mean) - 0.5 * curvature * spread - temperature * divergence;
  }

  /// Returns λ log E_data[exp(A/λ)] by the trapezoidal rule.
  [[nodiscard]] double best_objective() const {
    double sum = 0;
    constexpr double step = 1e-3;
    for (double z = -12; z < 12; z += step) {
      const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
      sum += step * density * std::exp(advantage(data.mean + data.deviation * z) / temperature);
    }
    return temperature * std::log(sum);
  }
};

/// Returns the means of N(mean, deviation²) between its quantiles i/n and (i + 1)/n, found by bisection: data without
/// chance.
Row<double> stratified(Normal normal, Index count) {
  const auto density = [](double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); };
  const auto share = static_cast<double>(count);
  Row<double> actions(count);
  double below = 0;  // the density at quantile i/n
  for (Index i = 0; i < count; ++i) {
    double low = -10;
    double high = 10;
    for (int step = 0; step < 60; ++step) {
      const double middle = (low + high) / 2;
      (std::erfc(-middle / std::numbers::sqrt2) / 2 * share < static_cast<double>(i + 1) ? low : high) = middle;
    }
    const double above = i + 1 < count ? density(low) : 0;
    actions(i) = normal.mean + normal.deviation * share * (below - above);
    below = above;
  }
  return actions;
}

/// Returns mean and deviation of the actions weighted by exp(A/λ): the projection for this data.
Normal weighted_moments(const Problem& problem, const Row<double>& actions) {
  const Row<double> weights =
      actions.unaryExpr([&](double a) { return std::exp(problem.advantage(a) / problem.temperature); });
  const double mean = (weights * actions).sum() / weights.sum();
  return {mean, std::sqrt((weights * (actions - mean).square()).sum() / weights.sum())};
}

struct Rates {
  std::vector<double> rates;
  int updates;
};

/// Returns the policy of a learner whose critic knows the advantage, trained on all actions at once with falling rates.
/// The rewards are the critic's own values, so that the critic does not change.
template <class Rule>
Normal converged(const Problem& problem, const Row<double>& actions, const Rule& rule, WeightLimit limit,
                 const Rates& stages) {
  using Critics = Ensemble<testing::ScalarQuadraticQ>;
  using Learner = ActorCritic<Gaussian<double>, Critics, Rule, NoPenalty, AdvantageWeighted>;
  const testing::ScalarQuadraticQ q(
      (Vector<double>(6) << 0, 0, problem.slope, 0, 0, -0.5 * problem.curvature).finished());
  const Row<double> rewards = actions.unaryExpr([&](double a) { return problem.advantage(a); });
  const Batch<double> batch = testing::bandit(actions, rewards);
  typename Learner::Config config;
  config.policy.network.hidden = {};
  config.policy.squash_mean = false;
  config.policy.log_std = -1;
  config.policy.action_limit = std::numeric_limits<double>::infinity();
  config.value = rule;
  config.improvement = {.temperature = problem.temperature, .limit = limit, .max_weight = 1e9};
  Generator generator(41, Stream::initialization);
  Gaussian<double> policy(config.policy, {1, 1}, generator);
  policy.parameters().head(2).setZero();  // a mean far away would make the first weights of AWAC extremely large
  for (const double rate : stages.rates) {
    config.policy_optimizer.learning_rate = rate;
    Learner learner(config, policy, Critics({q}), {1, 1}, 42);
    for (int i = 0; i < stages.updates; ++i) learner.update(batch);
    CHECK((learner.critics().member(Net::online, 0).parameters() - q.parameters()).norm() < 1e-6);
    policy = learner.policy();
  }
  Gaussian<double>::Tape tape;
  Matrix<double> mean;
  policy.mode(Matrix<double>::Ones(1, 1), tape, mean);
  return {mean(0, 0), std::exp(policy.parameters()(policy.log_std_offset()))};
}

Expectile<MlpV<double>> expectile() {
  Expectile<MlpV<double>> rule;
  rule.network.hidden = {};
  rule.optimizer.learning_rate = 0.01;
  return rule;
}

const std::vector<Problem> problems{
    {{0.2, 0.5}, 0, 0, 0.5},       // no advantage: the data's own policy
    {{0.2, 0.5}, 0.75, 0, 0.5},    // a slope: the mean moves by 0.375, the deviation stays
    {{-0.4, 0.3}, 1, 4, 0.5},      // a peak at 0.25: nearer and narrower
    {{-0.4, 0.3}, -0.2, -1, 0.5},  // a valley: away from it and wider
};

}  // namespace

TEST_CASE("IQL's weighted cloning converges to the data's distribution tilted by the advantage", "[theorems]") {
  for (const Problem& problem : problems)
    for (const WeightLimit limit : {WeightLimit::cap, WeightLimit::batch}) {
      const Row<double> actions = stratified(problem.data, 800);
      const Normal learned = converged(problem, actions, expectile(), limit, {{0.03, 3e-3, 3e-4, 3e-5}, 300});
      const Normal projected = weighted_moments(problem, actions);
      CAPTURE(problem.slope, problem.curvature, learned.mean, learned.deviation);
      CHECK(std::abs(learned.mean - projected.mean) < 1e-5);
      CHECK(std::abs(learned.deviation - projected.deviation) < 1e-5);
      // 800 actions lack the tails of a normal distribution.
      CHECK(std::abs(learned.mean - problem.solution().mean) < 2e-3);
      CHECK(std::abs(learned.deviation - problem.solution().deviation) < 2e-3);
    }
}

TEST_CASE("AWAC's weighted cloning converges to the same tilted distribution", "[theorems]") {
  // The baseline is drawn for each action and update, independently of the action: it is noise on the weights' common
  // factor, which the falling rates average out.
  for (const Problem& problem : problems) {
    const Row<double> actions = stratified(problem.data, 150);
    const Normal learned =
        converged(problem, actions, PolicyValue{.samples = 4}, WeightLimit::cap, {{0.03, 3e-3, 3e-4, 3e-5}, 700});
    const Normal projected = weighted_moments(problem, actions);
    CAPTURE(problem.slope, problem.curvature, learned.mean, learned.deviation);
    CHECK(std::abs(learned.mean - projected.mean) < 2e-3);
    CHECK(std::abs(learned.deviation - projected.deviation) < 2e-3);
  }
}

TEST_CASE("The weighted clone maximizes the advantage less the price of the divergence from the data", "[theorems]") {
  for (const Problem& problem : problems) {
    const Row<double> actions = stratified(problem.data, 800);
    const Normal learned = converged(problem, actions, expectile(), WeightLimit::cap, {{0.03, 3e-3, 3e-4, 3e-5}, 300});
    const double reached = problem.objective(learned);
    CAPTURE(problem.slope, problem.curvature, reached);
    CHECK(std::abs(reached - problem.best_objective()) < 1e-4);
    for (const double step : {0.02, 0.1})
      for (const auto& [mean, deviation] :
           {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}})
        CHECK(problem.objective({learned.mean + step * mean, learned.deviation + step * deviation}) < reached);
  }
}

}  // namespace advantage_weighted_test
