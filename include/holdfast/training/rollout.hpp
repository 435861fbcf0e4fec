/// \file
/// Runs a policy in many copies of an environment at once: episode returns, and the true values of given states.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// N copies of an environment that step together, so that a policy is evaluated on all their observations as one batch.
template <class E>
class EnvironmentBatch {
  static_assert(check_environment<E>());

 public:
  EnvironmentBatch(const E& environment, Index count)
      : environments_(static_cast<std::size_t>(count), environment),
        running_(static_cast<std::size_t>(count), true),
        observation_(environment.observation_size()),
        action_(environment.action_size()) {}

  [[nodiscard]] Index size() const { return static_cast<Index>(environments_.size()); }
  [[nodiscard]] bool running(Index i) const { return running_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] bool any_running() const { return std::find(running_.begin(), running_.end(), true) != running_.end(); }
  [[nodiscard]] E& operator[](Index i) { return environments_[static_cast<std::size_t>(i)]; }

  /// Draws a new initial state for each copy.
  void reset(Generator& generator) {
    for (E& environment : environments_) environment.reset(generator);
    std::fill(running_.begin(), running_.end(), true);
  }

  /// Sets `out` to the observations, O×N.
  template <class Scalar>
  void observe(Matrix<Scalar>& out) {
    out.resize(observation_.size(), size());
    for (Index i = 0; i < size(); ++i) {
      (*this)[i].observe(observation_);
      out.col(i) = observation_.template cast<Scalar>();
    }
  }

  /// Takes one step in each copy that is still running, with actions A×N, or indices of finite actions. The reward of a
  /// copy that has ended is 0.
  template <class Actions>
  void step(const Actions& actions, Row<double>& rewards) {
    rewards.setZero(size());
    for (Index i = 0; i < size(); ++i) {
      if (!running(i)) continue;
      const StepResult result = act((*this)[i], actions, i);
      rewards(i) = result.reward;
      running_[static_cast<std::size_t>(i)] = !result.terminal;
    }
  }

 private:
  template <class Actions>
  StepResult act(E& environment, const Actions& actions, Index i) {
    static_assert(FiniteActions<Actions> == IsFiniteEnvironment<E>,
                  "holdfast: the policy and the environment must both have finite actions, or both continuous ones");
    if constexpr (FiniteActions<Actions>) {
      return environment.step(actions(i));
    } else {
      action_ = actions.col(i).template cast<double>();
      return environment.step(action_);
    }
  }

  std::vector<E> environments_;
  std::vector<bool> running_;
  Vector<double> observation_;
  Vector<double> action_;
};

/// A mean with its standard error.
struct Estimate {
  double mean = 0;
  double standard_error = 0;
};

/// Returns the mean of `samples` and its standard error s/√n, which is NaN for a single sample.
[[nodiscard]] inline Estimate estimate_mean(const Row<double>& samples) {
  const auto count = static_cast<double>(samples.size());
  const double mean = samples.mean();
  const double error = count > 1 ? std::sqrt((samples - mean).square().sum() / (count - 1) / count) : std::nan("");
  return {mean, error};
}

/// The random streams of an evaluation.
struct EvaluationGenerators {
  Generator resets;  ///< for the initial states
  Generator noise;   ///< for the policy

  explicit EvaluationGenerators(std::uint64_t seed)
      : resets(seed, Stream::environment, 1),  // other initial states than in training
        noise(seed, Stream::evaluation) {}
};

/// The discount and length of a return.
struct ReturnOptions {
  double discount = 1;  ///< γ, [0, 1]
  Index steps = 0;      ///< number of steps that count, at least 1
};

/// Returns Σ_{t < steps} γ^t r_t of episodes from new initial states (1×episodes). Each episode runs to its terminal or
/// for `options.steps` steps; the environment's time limit is ignored. All episodes run side by side. Another call
/// with the same `generators` continues the random streams, so that episodes run in parts have the same initial states
/// as episodes run at once.
template <class Policy, class E>
[[nodiscard]] Row<double> discounted_returns(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                             const ReturnOptions& options, EvaluationGenerators& generators,
                                             Acting acting = Acting::mode) {
  require(episodes > 0, "episodes", "positive", episodes);
  require(options.steps > 0, "steps", "positive", options.steps);
  require(options.discount >= 0 && options.discount <= 1, "discount", "in [0, 1]", options.discount);
  EnvironmentBatch<E> batch(environment, episodes);
  batch.reset(generators.resets);
  Matrix<typename Policy::Scalar> observations;
  typename Policy::Actions actions;
  Row<double> rewards;
  Row<double> returns = Row<double>::Zero(episodes);
  double weight = 1;
  for (Index t = 0; t < options.steps && batch.any_running(); ++t) {
    batch.observe(observations);
    policy.act(observations, acting, generators.noise, actions);
    batch.step(actions, rewards);
    returns += weight * rewards;
    weight *= options.discount;
  }
  return returns;
}

/// Does the same as discounted_returns, with at most a thousand episodes side by side. This limits the memory and the
/// time until an interruption takes effect. Calls go_on(count) after each part, with the number of its episodes. If
/// that returns false, only the returns so far are returned.
template <class Policy, class E, class GoOn>
[[nodiscard]] Row<double> returns_in_parts(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                           const ReturnOptions& options, EvaluationGenerators& generators,
                                           Acting acting, GoOn&& go_on) {
  constexpr Index together = 1000;
  Row<double> returns(episodes);
  for (Index done = 0; done < episodes; done += together) {
    const Index count = std::min(together, episodes - done);
    returns.segment(done, count) = discounted_returns(policy, environment, count, options, generators, acting);
    if (!go_on(count)) return returns.head(done + count);
  }
  return returns;
}

/// Returns the undiscounted returns (1×episodes) of whole episodes up to the time limit, see discounted_returns.
template <class Policy, class E>
[[nodiscard]] Row<double> episode_returns(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                          EvaluationGenerators& generators, Acting acting = Acting::mode) {
  return discounted_returns(policy, environment, episodes, {.discount = 1, .steps = environment.time_limit()},
                            generators, acting);
}

template <class Policy, class E>
[[nodiscard]] Row<double> episode_returns(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                          std::uint64_t seed, Acting acting = Acting::mode) {
  EvaluationGenerators generators(seed);
  return episode_returns(policy, environment, episodes, generators, acting);
}

/// The options of true_values.
struct TrueValueOptions {
  double discount = 0.99;    ///< γ, [0, 1)
  double temperature = 0;    ///< α of the entropy bonus, if the critic's target has one
  double truncation = 0.01;  ///< rollouts end when γ^T falls below it
  std::uint64_t seed = 0;
};

/// Returns the true discounted value Q^π(s, a ~ π) of given states by one rollout each (1×N), for comparison with a
/// critic's prediction. `observations` (O×N) are raw.
///
///     value = r₀ + Σ_{t ≥ 1} γ^t (r_t − α log π(a_t|s_t)),  until γ^t < truncation
///
/// Discount and entropy term must be those of the critic's target. `policy` must be the policy that the critic values:
/// the learner's own, even if it acts by the best of its draws. It is sampled; its mode is not used. There is **no time
/// limit**, because a timeout does not end the process that the critic values. With a temperature the policy must have
/// a density.
template <class Policy, class E>
[[nodiscard]] Row<double> true_values(DeployedPolicy<Policy>& policy, const E& environment,
                                      const Matrix<typename Policy::Scalar>& observations,
                                      const TrueValueOptions& options) {
  require(options.discount >= 0 && options.discount < 1, "discount", "in [0, 1)", options.discount);
  require(options.truncation > 0 && options.truncation < 1, "truncation", "in (0, 1)", options.truncation);
  EnvironmentBatch<E> batch(environment, observations.cols());
  EvaluationGenerators generators(options.seed);
  batch.reset(generators.resets);  // otherwise all copies of a stochastic environment would draw the same numbers
  for (Index i = 0; i < batch.size(); ++i)
    batch[i].set_state(batch[i].state_of(observations.col(i).template cast<double>()));
  Matrix<typename Policy::Scalar> now;
  typename Policy::Actions actions;
  Row<double> rewards;
  Row<double> values = Row<double>::Zero(batch.size());
  double weight = 1;
  for (bool first = true; weight >= options.truncation && batch.any_running(); first = false) {
    batch.observe(now);
    const auto& log_probs = policy.act(now, Acting::sample, generators.noise, actions);
    if (!first && options.temperature != 0)
      for (Index i = 0; i < batch.size(); ++i)
        if (batch.running(i)) values(i) -= weight * options.temperature * static_cast<double>(log_probs(i));
    batch.step(actions, rewards);
    values += weight * rewards;
    weight *= options.discount;
  }
  return values;
}

}  // namespace holdfast
