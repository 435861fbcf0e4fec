/// \file
/// train_online: the online training loop, which acts, records and learns.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "holdfast/core/random.hpp"
#include "holdfast/policies/proposal.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/recorder.hpp"

namespace holdfast {

/// The options of train_online.
struct OnlineOptions {
  Index steps = 100000;       ///< environment steps; after the random ones, each has one update
  Index random_steps = 1000;  ///< steps of uniformly random actions before the policy acts and learning begins, ≥ 1
  Index batch_size = 256;     ///< transitions per update
  double epsilon = 0;         ///< probability of a uniformly random action, [0, 1], for finite actions only; with 0, a
                              ///< greedy learner tries nothing new after the first random steps
  std::uint64_t seed = 0;     ///< seed of the initial states, the exploration and the batches
};

namespace detail {

template <class Learner, class E>
consteval bool fits_online() {
  if constexpr (check_learner<Learner>() && check_environment<E>())
    static_assert(FiniteActions<typename Learner::PolicyType::Actions> == IsFiniteEnvironment<E>,
                  "holdfast: the Learner and the Environment must both have finite actions, or both continuous ones");
  return true;
}

/// Acts for a learner that is trained in an environment.
template <class Learner, class E>
class Explorer {
 public:
  using Scalar = typename Learner::Scalar;
  using Action = typename Recorder<Scalar, E>::Action;

  Explorer(const OnlineOptions& options, Index action_size)
      : epsilon_(options.epsilon), action_size_(action_size), noise_(options.seed, Stream::noise, 1) {}

  /// Fills `action` uniformly at random and returns its log-probability.
  Scalar act_randomly(Action& action) {
    if constexpr (finite)
      return act_uniformly<Scalar>(noise_, action_size_, action);
    else
      return act_uniformly(noise_, action);
  }

  /// Fills `action` with a draw of the learner's exploration and returns its log-probability.
  Scalar act(Learner& learner, const Matrix<Scalar>& observation, Action& action) {
    if constexpr (requires { learner.explore(observation, noise_, proposal_); })
      learner.explore(observation, noise_, proposal_);
    else
      std::as_const(learner).policy().propose(observation, 1, noise_, tape_, proposal_);
    if constexpr (finite) mix_uniformly(epsilon_, proposal_);
    choose(proposal_, noise_, chosen_);
    if constexpr (finite)
      action = chosen_.actions(0);
    else
      action = chosen_.actions;
    return chosen_.log_probs(0);
  }

 private:
  static constexpr bool finite = IsFiniteEnvironment<E>;

  double epsilon_;
  Index action_size_;
  Generator noise_;
  typename Learner::PolicyType::Tape tape_;
  Proposal<Scalar, typename Learner::PolicyType::Actions> proposal_;
  Proposal<Scalar, typename Learner::PolicyType::Actions> chosen_;
};

}  // namespace detail

/// Trains `learner` in `environment`. Every transition is added to `buffer`, with the log-probability of its action.
/// Actions are drawn by ActorCritic::explore, or from the policy of a learner without it, on observations as they are
/// (not normalized). Callbacks are as in train_offline; a step is an environment step. Returns the number of steps
/// done. Throws like train_offline. Also throws ConfigError if `epsilon` is not in [0, 1], or not 0 for continuous
/// actions.
template <class Learner, class E, class Actions, class... Callbacks>
Index train_online(Learner& learner, const E& environment, ReplayBuffer<typename Learner::Scalar, Actions>& buffer,
                   const OnlineOptions& options, Callbacks&&... callbacks) {
  using Scalar = typename Learner::Scalar;
  static_assert(detail::fits<Learner, ReplayBuffer<Scalar, Actions>>());
  static_assert(detail::fits_online<Learner, E>());
  constexpr bool finite = IsFiniteEnvironment<E>;
  require(options.steps >= 0, "steps", "at least 0", options.steps);
  require(options.random_steps >= 1, "random_steps", "at least 1", options.random_steps);
  require(options.epsilon >= 0 && options.epsilon <= (finite ? 1 : 0), "epsilon",
          finite ? "in [0, 1]" : "0 for continuous actions", options.epsilon);

  Recorder<Scalar, E> recorder(environment, options.seed);
  detail::Explorer<Learner, E> explorer(options, environment.action_size());
  UniformSampler sampler(options.seed);
  typename Learner::BatchType batch;
  const Learner& seen = learner;
  for (Index step = 0;; ++step) {
    if (!notify_all(TrainingStep{step, options.steps}, seen, callbacks...) || step == options.steps) return step;
    const bool random = step < options.random_steps;
    recorder.step(
        [&](const Matrix<Scalar>& observation, typename Recorder<Scalar, E>::Action& action) -> std::optional<Scalar> {
          return random ? explorer.act_randomly(action) : explorer.act(learner, observation, action);
        },
        buffer);
    if (random) continue;
    sampler.sample(buffer, options.batch_size, learner.discount(), batch);
    learner.update(batch);
  }
}

}  // namespace holdfast
