/// \file
/// Tests the promises of doubly robust estimators by enumerating every trajectory instead of drawing some: they are
/// exact if Q is exact and nothing is random, unbiased if either the weights or Q are right, and wrong if neither is.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/importance_moments.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"

namespace double_robustness_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr double discount = 0.9;

/// Q of a policy for each number of steps left, A×S; V is its expectation.
struct FiniteHorizonValues {
  std::vector<Matrix<double>> q;  ///< [h]: h steps left, q[0] = 0
};

FiniteHorizonValues exact_values(const TabularMdp& mdp, const Matrix<double>& policy, Index horizon) {
  FiniteHorizonValues values{finite_horizon_q(mdp, policy, discount, horizon)};
  values.q.insert(values.q.begin(), Matrix<double>::Zero(mdp.actions(), mdp.states()));
  return values;
}

FiniteHorizonValues random_values(const TabularMdp& mdp, Index horizon, Generator& generator) {
  FiniteHorizonValues values{{Matrix<double>::Zero(mdp.actions(), mdp.states())}};
  for (Index h = 1; h <= horizon; ++h) {
    values.q.emplace_back(mdp.actions(), mdp.states());
    for (double& q : values.q.back().reshaped()) q = 3 * generator.normal();
  }
  return values;
}

double value_of(const TabularMdp& mdp, const Matrix<double>& policy, const FiniteHorizonValues& values) {
  return mdp.initial.dot(policy.cwiseProduct(values.q.back()).colwise().sum().transpose());
}

/// Every trajectory that the behavior policy can make, with its probability, as a log.
struct Enumeration {
  std::vector<TrajectoryRange> trajectories;
  std::vector<double> chances;
  std::vector<Index> states;
  std::vector<Index> actions;
  std::vector<Index> times;

  Enumeration(const TabularMdp& mdp, const Matrix<double>& behavior, Index horizon)
      : mdp_(mdp), behavior_(behavior), horizon_(horizon) {
    for (Index s = 0; s < mdp.states(); ++s)
      if (mdp.initial[s] > 0) extend(s, mdp.initial[s]);
  }

  [[nodiscard]] Index size() const { return static_cast<Index>(states.size()); }

  /// Returns the log with the ratios of `target` to `believed`, the behavior policy as the estimator knows it.
  [[nodiscard]] EvaluationLog log(const Matrix<double>& target, const Matrix<double>& believed) const {
    EvaluationLog log{trajectories, Row<double>(size()), Row<double>(size()), {discount, horizon_}};
    for (std::size_t t = 0; t < states.size(); ++t) {
      log.rewards(static_cast<Index>(t)) = mdp_.rewards(actions[t], states[t]);
      log.log_ratios(static_cast<Index>(t)) = std::log(target(actions[t], states[t]) / believed(actions[t], states[t]));
    }
    return log;
  }
  [[nodiscard]] ActionValues values(const Matrix<double>& target, const FiniteHorizonValues& of) const {
    Row<double> q(size());
    Row<double> v(size());
    for (std::size_t t = 0; t < states.size(); ++t) {
      const Matrix<double>& table = of.q[static_cast<std::size_t>(horizon_ - times[t])];
      q(static_cast<Index>(t)) = table(actions[t], states[t]);
      v(static_cast<Index>(t)) = target.col(states[t]).dot(table.col(states[t]));
    }
    return values_of(trajectories, q, v);
  }
  [[nodiscard]] double expectation(const Row<double>& samples) const {
    return Eigen::Map<const Row<double>>(chances.data(), static_cast<Index>(chances.size()))
        .matrix()
        .dot(samples.matrix());
  }

 private:
  struct Step {
    Index state;
    Index action;
  };

  void extend(Index state, double chance) {
    const auto time = static_cast<Index>(path_.size());
    for (Index action = 0; action < mdp_.actions(); ++action) {
      path_.push_back({state, action});
      const double taken = chance * behavior_(action, state);
      if (time + 1 == horizon_) {
        finish(taken, false);
      } else {
        if (const double end = mdp_.terminations(action, state); end > 0) finish(taken * end, true);
        for (Index next = 0; next < mdp_.states(); ++next)
          if (const double on = mdp_.transitions(next, mdp_.column(state, action)); on > 0) extend(next, taken * on);
      }
      path_.pop_back();
    }
  }
  void finish(double chance, bool terminal) {
    const Index begin = size();
    for (std::size_t t = 0; t < path_.size(); ++t) {
      states.push_back(path_[t].state);
      actions.push_back(path_[t].action);
      times.push_back(static_cast<Index>(t));
    }
    trajectories.push_back({begin, size(), terminal, !terminal});
    chances.push_back(chance);
  }

  const TabularMdp& mdp_;
  const Matrix<double>& behavior_;
  Index horizon_;
  std::vector<Step> path_;
};

TabularMdp random_world(std::uint64_t seed, Index branching) {
  Generator generator(seed);
  return random_mdp({.states = 3, .actions = 2, .branching = branching, .termination = 0.2}, generator);
}

Row<double> samples(const EvaluationLog& log, const ActionValues& values, double cap = ImportanceWeights::uncapped) {
  const ImportanceWeights weights(log, cap);
  return StepwiseEvaluator(log, weights, values, Weighting::ordinary).samples();
}

}  // namespace

TEST_CASE("With the right weights every Q gives an unbiased doubly robust estimate", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Generator generator(seed, Stream::noise);
    const TabularMdp mdp = random_world(seed, 2);
    const Sizes sizes{mdp.states(), mdp.actions()};
    const Matrix<double> target = random_policy(sizes, 1.5, generator);
    const Matrix<double> behavior = random_policy(sizes, 0.5, generator);
    constexpr Index horizon = 4;
    const Enumeration all(mdp, behavior, horizon);
    const double truth = value_of(mdp, target, exact_values(mdp, target, horizon));
    const EvaluationLog log = all.log(target, behavior);
    const ImportanceWeights weights(log);
    const ActionValues none = ActionValues::zero(log);
    CHECK(all.expectation(Row<double>::Ones(log.size())) == Approx(1).epsilon(1e-12));

    const TrajectorywiseEvaluator importance(log, weights, none, Weighting::ordinary);
    CHECK(all.expectation(importance.samples()) == Approx(truth).margin(1e-12));
    CHECK(all.expectation(samples(log, none)) == Approx(truth).margin(1e-12));
    const ActionValues wrong = all.values(target, random_values(mdp, horizon, generator));
    CHECK(all.expectation(samples(log, wrong)) == Approx(truth).margin(1e-12));
    // With any other f, Q stands for the rest, so that only f = 1 is unbiased.
    const StepwiseEvaluator half(log, weights, wrong, Weighting::ordinary, Row<double>::Constant(horizon, 0.5));
    CHECK(std::abs(all.expectation(half.samples()) - truth) > 1e-3);
  }
}

TEST_CASE("With the exact Q any weights give an unbiased doubly robust estimate, even capped ones", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Generator generator(seed, Stream::noise);
    const TabularMdp mdp = random_world(seed, 2);
    const Sizes sizes{mdp.states(), mdp.actions()};
    const Matrix<double> target = random_policy(sizes, 1.5, generator);
    const Matrix<double> behavior = random_policy(sizes, 0.5, generator);
    const Matrix<double> mistaken = random_policy(sizes, 2, generator);
    constexpr Index horizon = 4;
    const Enumeration all(mdp, behavior, horizon);
    const FiniteHorizonValues exact = exact_values(mdp, target, horizon);
    const double truth = value_of(mdp, target, exact);
    const EvaluationLog log = all.log(target, mistaken);
    const ActionValues values = all.values(target, exact);
    CHECK(all.expectation(samples(log, values)) == Approx(truth).margin(1e-12));
    CHECK(all.expectation(samples(log, values, 1.1)) == Approx(truth).margin(1e-12));
    // If Q is wrong as well, so is the estimate.
    const ActionValues wrong = all.values(target, random_values(mdp, horizon, generator));
    CHECK(std::abs(all.expectation(samples(log, wrong)) - truth) > 1e-2);
    CHECK(std::abs(all.expectation(samples(log, ActionValues::zero(log))) - truth) > 1e-2);
  }
}

TEST_CASE("In a deterministic process the exact Q makes every trajectory say the value of its first state",
          "[theorems]") {
  Generator generator(4, Stream::noise);
  TabularMdp mdp = random_world(4, 1);
  for (double& end : mdp.terminations.reshaped()) end = 0;
  for (double& chance : mdp.transitions.reshaped()) chance = chance > 0 ? 1 : 0;
  mdp.terminations(1, 2) = 1;
  mdp.transitions.col(mdp.column(2, 1)).setZero();
  const Sizes sizes{mdp.states(), mdp.actions()};
  const Matrix<double> target = random_policy(sizes, 1.5, generator);
  const Matrix<double> behavior = random_policy(sizes, 0.5, generator);
  constexpr Index horizon = 5;
  const Enumeration all(mdp, behavior, horizon);
  const ActionValues values = all.values(target, exact_values(mdp, target, horizon));
  for (const double spread : {0.0, 1.0, 4.0}) {  // of weights that are unrelated to the policies
    EvaluationLog log = all.log(target, behavior);
    for (double& ratio : log.log_ratios) ratio = spread * generator.normal();
    const ImportanceWeights weights(log);
    const ImportanceWeights capped(log, 1.5);
    for (const Weighting weighting : {Weighting::ordinary, Weighting::self_normalized})
      for (const ImportanceWeights* each : {&weights, &capped}) {
        const Row<double> found = StepwiseEvaluator(log, *each, values, weighting).samples();
        // The weights multiply the rounding of r + γ V(s′) − Q(s, a), which is 0 in exact numbers.
        const double largest_weight = weighting == Weighting::self_normalized ? static_cast<double>(log.size())
                                                                              : std::exp(each->log_scale().maxCoeff());
        CHECK((found - values.initial).abs().maxCoeff() < 1e-14 * (1 + largest_weight));
      }
  }
}

TEST_CASE("The recursion, step by step from behind, is the sum", "[theorems]") {
  Generator generator(5, Stream::noise);
  const TabularMdp mdp = random_world(5, 3);
  const Sizes sizes{mdp.states(), mdp.actions()};
  const Matrix<double> target = random_policy(sizes, 1.5, generator);
  const Matrix<double> behavior = random_policy(sizes, 0.5, generator);
  const Enumeration all(mdp, behavior, 3);
  const EvaluationLog log = all.log(target, behavior);
  const ActionValues values = all.values(target, random_values(mdp, 3, generator));
  const Row<double> found = samples(log, values);
  for (Index i = 0; i < log.size(); ++i) {
    const TrajectoryRange& range = log.trajectories[i];
    double estimate = 0;
    for (Index t = range.end - 1; t >= range.begin; --t) {
      const double v = t == range.begin ? values.initial(i) : values.next(t - 1);
      estimate = v + std::exp(log.log_ratios(t)) * (log.rewards(t) + discount * estimate - values.q(t));
    }
    CHECK(found(i) == Approx(estimate).margin(1e-12));
  }
}

TEST_CASE("The two-step example has the worked expectations and variances", "[theorems]") {
  const TwoStepExample example;
  const TabularMdp mdp = example.mdp();
  const Enumeration all(mdp, example.behavior, 2);
  const Matrix<double> believed{{.7, .7}, {.3, .3}};
  const FiniteHorizonValues exact = exact_values(mdp, example.target, 2);
  const FiniteHorizonValues wrong{{Matrix<double>::Zero(2, 2), example.wrong_q, example.wrong_q}};
  const auto check = [&](const Row<double>& values, double mean, double variance) {
    const double found = all.expectation(values);
    CHECK(found == Approx(mean).margin(1e-9));
    CHECK(all.expectation((values - found).square()) == Approx(variance).margin(1e-9));
  };
  const EvaluationLog right = all.log(example.target, example.behavior);
  const EvaluationLog mistaken = all.log(example.target, believed);
  const ActionValues none = ActionValues::zero(right);
  const auto whole = [&](const EvaluationLog& log) {
    const ImportanceWeights weights(log);
    return TrajectorywiseEvaluator(log, weights, none, Weighting::ordinary).samples();
  };
  check(whole(right), 2.35832, 8.0669919276);
  check(samples(right, none), 2.35832, 4.7975655276);
  check(samples(right, all.values(example.target, exact)), 2.35832, 0.3527851776);
  check(samples(right, all.values(example.target, wrong)), 2.35832, 0.5507866776);
  check(whole(mistaken), 1.7928932426, 3.2930040272);
  check(samples(mistaken, none), 1.8887662585, 2.4816600784);
  check(samples(mistaken, all.values(example.target, exact)), 2.35832, 0.3007081242);
  check(samples(mistaken, all.values(example.target, wrong)), 2.3605107483, 0.3346230590);
}

TEST_CASE("Double robustness in a chain has the worked numbers", "[theorems]") {
  // Three steps, rewards (1, ¼), π = (0.8, 0.2), π_b = (½, ½); Q depends only on the step.
  std::vector<TrajectoryRange> ranges = ranges_of(std::vector<Index>(8, 3));
  const auto estimate = [&](double first, double second, const std::vector<std::pair<double, double>>& q) {
    EvaluationLog log{ranges, Row<double>(24), Row<double>(24), {discount, 3}};
    Row<double> taken(24);
    Row<double> v(24);
    for (Index i = 0; i < 8; ++i)
      for (Index t = 0; t < 3; ++t) {
        const bool other = ((i >> (2 - t)) & 1) != 0;
        const auto& [q0, q1] = q[static_cast<std::size_t>(t)];
        log.rewards(3 * i + t) = other ? .25 : 1;
        log.log_ratios(3 * i + t) = std::log(other ? second : first);
        taken(3 * i + t) = other ? q1 : q0;
        v(3 * i + t) = .8 * q0 + .2 * q1;
      }
    return samples(log, values_of(ranges, taken, v));
  };
  const std::vector<std::pair<double, double>> exact = {{2.4535, 1.7035}, {1.765, 1.015}, {1, .25}};
  for (const auto& [first, second] : {std::pair(1.6, .4), std::pair(3.0, .1), std::pair(1000.0, .001)})
    CHECK((estimate(first, second, exact) - 2.3035).abs().maxCoeff() < 1e-9 * first * first * first);
  const std::vector<std::pair<double, double>> wrong(3, {5, -2});
  const Row<double> found = estimate(1.6, .4, wrong);
  CHECK((found - row({-12.63808, 2.4992, 2.22848, 6.0128, 2.04048, 5.8248, 5.75712, 6.7032})).abs().maxCoeff() < 1e-9);
  CHECK(found.mean() == Approx(2.3035).margin(1e-9));
  CHECK(estimate(3, .1, wrong).mean() == Approx(-9.9300946875).margin(1e-9));
}

}  // namespace double_robustness_test
