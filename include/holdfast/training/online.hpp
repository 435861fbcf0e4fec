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
  std::uint64_t seed = 0;     ///< of the initial states, the exploration and the batches
};

/// Trains `learner` in `environment`, keeping every transition in `buffer` with the log-probability of its action. The
/// policy is sampled, on observations as they are. Callbacks as in train_offline; a step is an environment step.
/// Returns the number of steps done. Throws as train_offline.
template <class Learner, class E, class... Callbacks>
Index train_online(Learner& learner, const E& environment, ReplayBuffer<typename Learner::Scalar>& buffer,
                   const OnlineOptions& options, Callbacks&&... callbacks) {
  using Scalar = typename Learner::Scalar;
  static_assert(detail::fits<Learner, ReplayBuffer<Scalar>>());
  static_assert(check_environment<E>());
  require(options.steps >= 0, "steps", "at least 0", options.steps);
  require(options.random_steps >= 1, "random_steps", "at least 1", options.random_steps);

  Recorder<Scalar, E> recorder(environment, options.seed);
  UniformSampler sampler(options.seed);
  Generator noise(options.seed, Stream::noise, 1);
  typename Learner::BatchType batch;
  typename Learner::PolicyType::Tape tape;
  Candidates<Scalar> set;
  const Learner& seen = learner;
  for (Index step = 0;; ++step) {
    if (!notify_all(TrainingStep{step, options.steps}, seen, callbacks...) || step == options.steps) return step;
    const bool random = step < options.random_steps;
    recorder.step(
        [&](const Matrix<Scalar>& observation, Matrix<Scalar>& action) -> std::optional<Scalar> {
          if (random) return act_uniformly(noise, action);
          learner.policy().propose(observation, 1, noise, tape, set);
          action = set.actions;
          return set.log_probs(0);
        },
        buffer);
    if (random) continue;
    sampler.sample(buffer, options.batch_size, learner.discount(), batch);
    learner.update(batch);
  }
}

}  // namespace holdfast
