/// \file
/// OnlineTraining and train_online: the online training loop, which acts, records and learns.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/data/joined_datasets.hpp"
#include "holdfast/policies/proposal.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/recorder.hpp"

namespace holdfast {

/// The options of OnlineTraining and train_online.
struct OnlineOptions {
  Index steps = 100000;        ///< environment steps
  Index random_steps = 1000;   ///< steps of uniformly random actions before the policy acts, at least 0
  Index warmup_steps = 0;      ///< steps of the policy after them before learning begins, at least 0
  Index updates_per_step = 1;  ///< updates in each step after those, at least 1
  Index batch_size = 256;      ///< transitions per update
  double epsilon = 0;          ///< probability of a uniformly random action, [0, 1], for finite actions only; with 0, a
                               ///< greedy learner tries nothing new after the first random steps
  std::uint64_t seed = 0;      ///< seed of the initial states, the exploration and the batches
};

/// Fixed data that an online training learns from too, beside what it records.
template <class Data>
struct OfflineData {
  explicit OfflineData(const Data& dataset, std::optional<double> of_each_batch = {})
      : data(dataset), share(of_each_batch) {}
  OfflineData(const Data&&, std::optional<double> = {}) = delete;  ///< it would refer to data that are gone

  const Data& data;
  /// Share of each batch that comes from `data`, in [0, 1]; RLPD's symmetric sampling is 0.5 (Ball et al. 2023). If not
  /// given, all transitions, fixed and recorded, are equally likely.
  std::optional<double> share;
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

  static void state(auto& self, auto&& visit) { visit("noise", self.noise_); }

  Explorer(const OnlineOptions& options, Index action_size)
      : epsilon_(options.epsilon), action_size_(action_size), noise_(options.seed, Stream::noise, 1) {}

  /// Fills `action` uniformly at random and returns its log-probability.
  Scalar act_randomly(Action& action) {
    if constexpr (finite)
      return act_uniformly<Scalar>(noise_, action_size_, action);
    else
      return act_uniformly(noise_, action);
  }

  /// Returns whether the learner's actions have log-probabilities. Noise on a deterministic policy that is clipped,
  /// such as TD3's, has none.
  [[nodiscard]] bool has_log_probs(Learner& learner, Index observation_size) {
    Generator aside = noise_;
    propose(learner, Matrix<Scalar>::Zero(observation_size, 1), aside);
    return !proposal_.log_probs.hasNaN();
  }

  /// Fills `action` with a draw of the learner's exploration and returns its log-probability.
  Scalar act(Learner& learner, const Matrix<Scalar>& observation, Action& action) {
    propose(learner, observation, noise_);
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

  void propose(Learner& learner, const Matrix<Scalar>& observation, Generator& noise) {
    if constexpr (requires { learner.explore(observation, noise, proposal_); })
      learner.explore(observation, noise, proposal_);
    else
      std::as_const(learner).policy().propose(observation, 1, noise, tape_, proposal_);
  }

  double epsilon_;
  Index action_size_;
  Generator noise_;
  typename Learner::PolicyType::Tape tape_;
  Proposal<Scalar, typename Learner::PolicyType::Actions> proposal_;
  Proposal<Scalar, typename Learner::PolicyType::Actions> chosen_;
};

}  // namespace detail

/// Trains a learner in an environment, in one run or in several. Together with the learner and the buffer, its state
/// decides all that follows: saved after any step, and restored into objects that were made in the same way, the three
/// go on to the same bits as if they had never stopped.
template <class Learner, class E>
class OnlineTraining {
  static_assert(detail::fits_online<Learner, E>());

 public:
  using Scalar = typename Learner::Scalar;
  using Buffer = ReplayBuffer<Scalar, typename Recorder<Scalar, E>::Actions>;

  /// Throws ConfigError if an option is out of range, or if `epsilon` is not 0 for continuous actions.
  OnlineTraining(const E& environment, const OnlineOptions& options)
      : options_(checked(options)),
        recorder_(environment, options.seed),
        explorer_(options, environment.action_size()),
        sampler_(options.seed) {}

  /// Returns the number of steps done.
  [[nodiscard]] Index step() const { return progress_.step; }

  /// Trains until `options.steps` steps are done. Every transition is added to `buffer`, with the log-probability of
  /// its action if the learner's actions have one. Actions are drawn by ActorCritic::explore, or from the policy of a
  /// learner without it, on observations as they are (not normalized). Callbacks are as in train_offline; a step is an
  /// environment step. A callback may save the state of learner, buffer and training; what is restored continues after
  /// the callbacks of that step. Returns the number of steps done. Throws like train_offline.
  template <class... Callbacks>
  Index run(Learner& learner, Buffer& buffer, Callbacks&&... callbacks) {
    static_assert(detail::fits<Learner, Buffer>());
    const auto draw = [&] { sampler_.sample(buffer, options_.batch_size, learner.discount(), batch_); };
    return act_and_learn(learner, buffer, draw, callbacks...);
  }

  /// Trains as `run` does, and learns from fixed data too. Throws ConfigError if its share is not in [0, 1], and
  /// DataError if its sizes differ from the buffer's.
  template <class Data, class... Callbacks>
  Index run_with(const OfflineData<Data>& offline, Learner& learner, Buffer& buffer, Callbacks&&... callbacks) {
    static_assert(detail::fits<Learner, Buffer>() && detail::fits<Learner, Data>());
    require(!offline.share || (*offline.share >= 0 && *offline.share <= 1), "share", "in [0, 1]",
            offline.share.value_or(0));
    const JoinedDatasets<Data, Buffer> all(offline.data, buffer);
    const auto draw = [&] {
      if (offline.share)
        sampler_.sample_parts(all, offline.data.size(), *offline.share, options_.batch_size, learner.discount(),
                              batch_);
      else
        sampler_.sample(all, options_.batch_size, learner.discount(), batch_);
    };
    return act_and_learn(learner, buffer, draw, callbacks...);
  }

  /// Returns everything that decides the steps to come, apart from the learner and the buffer. `restore_state`
  /// continues from it (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const {
    return join_parts({{"recorder", recorder_.saved_state()},
                       {"explorer", save_state(explorer_)},
                       {"sampler", save_state(sampler_)},
                       {"progress", save_state(progress_)}});
  }

  /// Throws DataError if `saved` is of another kind of training; this one is then unchanged.
  void restore_state(const SavedState& saved) {
    const SavedParts parts = split_parts(saved, {"recorder", "explorer", "sampler", "progress"});
    OnlineTraining restored = *this;
    restored.recorder_.restore_state(parts.at("recorder"));
    holdfast::restore_state(restored.explorer_, parts.at("explorer"));
    holdfast::restore_state(restored.sampler_, parts.at("sampler"));
    holdfast::restore_state(restored.progress_, parts.at("progress"));
    if (restored.step() < 0)
      throw DataError(message("saved state: expected at least 0 training steps, found ", restored.step()));
    *this = std::move(restored);
  }

 private:
  struct Progress {
    Index step = 0;
    static void state(auto& self, auto&& visit) { visit("step", self.step); }
  };

  static const OnlineOptions& checked(const OnlineOptions& options) {
    constexpr bool finite = IsFiniteEnvironment<E>;
    require(options.steps >= 0, "steps", "at least 0", options.steps);
    require(options.random_steps >= 0, "random_steps", "at least 0", options.random_steps);
    require(options.warmup_steps >= 0, "warmup_steps", "at least 0", options.warmup_steps);
    require(options.updates_per_step >= 1, "updates_per_step", "at least 1", options.updates_per_step);
    require(options.epsilon >= 0 && options.epsilon <= (finite ? 1 : 0), "epsilon",
            finite ? "in [0, 1]" : "0 for continuous actions", options.epsilon);
    return options;
  }

  template <class Draw, class... Callbacks>
  Index act_and_learn(Learner& learner, Buffer& buffer, Draw&& draw, Callbacks&&... callbacks) {
    const Learner& seen = learner;
    const auto notified = [&] { return notify_all(TrainingStep{step(), options_.steps}, seen, callbacks...); };
    const bool log_probs = explorer_.has_log_probs(learner, buffer.observation_size());
    bool go_on = step() > 0 || notified();
    while (go_on && step() < options_.steps) {
      act(learner, buffer, log_probs);
      const bool learns = step() >= options_.random_steps + options_.warmup_steps;
      for (Index update = 0; learns && update < options_.updates_per_step; ++update) {
        draw();
        learner.update(batch_);
      }
      ++progress_.step;
      go_on = notified();
    }
    return step();
  }

  /// Takes one step in the environment and records it, with the log-probability of its action if that is asked for.
  void act(Learner& learner, Buffer& buffer, bool log_probs) {
    const bool random = step() < options_.random_steps;
    recorder_.step(
        [&](const Matrix<Scalar>& observation, typename Recorder<Scalar, E>::Action& action) -> std::optional<Scalar> {
          const Scalar log_prob = random ? explorer_.act_randomly(action) : explorer_.act(learner, observation, action);
          return log_probs ? std::optional(log_prob) : std::nullopt;
        },
        buffer);
  }

  OnlineOptions options_;
  Progress progress_;
  Recorder<Scalar, E> recorder_;
  detail::Explorer<Learner, E> explorer_;
  UniformSampler sampler_;
  typename Learner::BatchType batch_;
};

/// Trains `learner` in `environment` from the beginning, in one run; see OnlineTraining::run. Throws ConfigError if an
/// option is out of range, or if `epsilon` is not 0 for continuous actions.
template <class Learner, class E, class Actions, class... Callbacks>
Index train_online(Learner& learner, const E& environment, ReplayBuffer<typename Learner::Scalar, Actions>& buffer,
                   const OnlineOptions& options, Callbacks&&... callbacks) {
  static_assert(detail::fits<Learner, ReplayBuffer<typename Learner::Scalar, Actions>>());
  return OnlineTraining<Learner, E>(environment, options).run(learner, buffer, callbacks...);
}

}  // namespace holdfast
