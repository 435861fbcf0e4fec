/// \file
/// The online training loop: act, remember, learn.
#pragma once

#include <cstdint>
#include <optional>

#include "holdfast/training/offline.hpp"
#include "holdfast/training/recorder.hpp"

namespace holdfast {

/// How long, and how it explores.
struct OnlineOptions {
  Index steps = 100000;       ///< environment steps, one update for each after the random ones
  Index random_steps = 1000;  ///< steps of uniform random actions before the policy acts and learning begins, ≥ 1
  Index batch_size = 256;     ///< transitions per update
  double epsilon = 0;         ///< of finite actions, the share of uniform random ones that the policy is mixed with
  std::uint64_t seed = 0;     ///< of the initial states, the exploration and the batches
};

namespace detail {

template <class Learner, class E>
consteval bool fits_online() {
  if constexpr (check_learner<Learner>() && check_environment<E>())
    static_assert(FiniteActions<typename Learner::PolicyType::Actions> == FiniteEnvironment<E>,
                  "holdfast: the Learner and the Environment must both have finite actions, or both continuous ones");
  return true;
}

}  // namespace detail

/// Trains `learner` in `environment`, keeping every transition in `buffer` with the log-probability of its action. What
/// acts is sampled (ActorCritic::explore; the policy of a learner without it), on observations as they are. Callbacks
/// as in train_offline; a step is an environment step. Returns the number of steps done. Throws as train_offline, and
/// ConfigError where `epsilon` is not in [0, 1], or not 0 for continuous actions.
template <class Learner, class E, class Actions, class... Callbacks>
Index train_online(Learner& learner, const E& environment, ReplayBuffer<typename Learner::Scalar, Actions>& buffer,
                   const OnlineOptions& options, Callbacks&&... callbacks) {
  using Scalar = typename Learner::Scalar;
  using Acts = Recorder<Scalar, E>;
  static_assert(detail::fits<Learner, ReplayBuffer<Scalar, Actions>>());
  static_assert(detail::fits_online<Learner, E>());
  constexpr bool finite = Acts::finite;
  require(options.steps >= 0, "steps", "at least 0", options.steps);
  require(options.random_steps >= 1, "random_steps", "at least 1", options.random_steps);
  require(options.epsilon >= 0 && options.epsilon <= (finite ? 1 : 0), "epsilon",
          finite ? "in [0, 1]" : "0 for continuous actions", options.epsilon);

  Acts recorder(environment, options.seed);
  UniformSampler sampler(options.seed);
  Generator noise(options.seed, Stream::noise, 1);
  typename Learner::BatchType batch;
  [[maybe_unused]] typename Learner::PolicyType::Tape tape;
  Candidates<Scalar, Actions> set;
  Candidates<Scalar, Actions> chosen;
  const Learner& seen = learner;
  const auto act_randomly = [&](typename Acts::Action& action) {
    if constexpr (finite)
      return act_uniformly<Scalar>(noise, environment.action_size(), action);
    else
      return act_uniformly(noise, action);
  };
  const auto explore = [&](const Matrix<Scalar>& observation, typename Acts::Action& action) {
    if constexpr (requires { learner.explore(observation, noise, set); })
      learner.explore(observation, noise, set);
    else
      seen.policy().propose(observation, 1, noise, tape, set);
    if constexpr (finite) mix_uniformly(options.epsilon, set);
    choose(set, noise, chosen);
    if constexpr (finite)
      action = chosen.actions(0);
    else
      action = chosen.actions;
    return chosen.log_probs(0);
  };
  for (Index step = 0;; ++step) {
    if (!notify_all(TrainingStep{step, options.steps}, seen, callbacks...) || step == options.steps) return step;
    const bool random = step < options.random_steps;
    recorder.step(
        [&](const Matrix<Scalar>& observation, typename Acts::Action& action) -> std::optional<Scalar> {
          return random ? act_randomly(action) : explore(observation, action);
        },
        buffer);
    if (random) continue;
    sampler.sample(buffer, options.batch_size, learner.discount(), batch);
    learner.update(batch);
  }
}

}  // namespace holdfast
