/// \file
/// Recorder and collect: act in an environment and record the transitions as a dataset.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// Steps an environment and records its transitions. Episodes begin from the environment's own initial states. They end
/// at a terminal or at the time limit, which is recorded as a timeout.
template <class Scalar, class E>
class Recorder {
  static_assert(check_environment<E>());

 public:
  static constexpr bool finite = IsFiniteEnvironment<E>;
  using Actions = std::conditional_t<finite, ActionIndices, Matrix<Scalar>>;
  using Action = std::conditional_t<finite, Index, Matrix<Scalar>>;  ///< one action: an Index, or A×1

  /// `seed` determines the initial states.
  Recorder(const E& environment, std::uint64_t seed)
      : environment_(environment),
        progress_{Generator(seed, Stream::environment)},
        observed_(environment.observation_size()) {
    if constexpr (!finite) action_.resize(environment.action_size(), 1);
    begin();
  }

  /// Takes one step with the action of `behavior` and records it in `buffer`. `behavior(observation, action)` fills the
  /// action (A×1, or an Index for finite actions) for an observation (O×1). It returns the action's log-probability as
  /// std::optional<Scalar>, which is empty if there is none.
  template <class Behavior>
  void step(Behavior&& behavior, ReplayBuffer<Scalar, Actions>& buffer) {
    const std::optional<Scalar> log_prob = behavior(static_cast<const Matrix<Scalar>&>(observation_), action_);
    const StepResult result = act();
    const bool timeout = ++progress_.time >= environment_.time_limit() && !result.terminal;
    observe(next_observation_);
    const auto reward = static_cast<Scalar>(result.reward);
    if constexpr (finite)
      buffer.add(observation_.col(0), action_, reward, next_observation_.col(0), result.terminal, timeout, log_prob);
    else
      buffer.add(observation_.col(0), action_.col(0), reward, next_observation_.col(0), result.terminal, timeout,
                 log_prob);
    observation_.swap(next_observation_);
    if (result.terminal || timeout) begin();
  }

  /// Returns everything that decides the steps to come, apart from their actions: the state of the environment, of the
  /// initial states' generator, and the time. `restore_state` continues from it (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const {
    return join_parts({{"environment", save_environment(environment_)}, {"progress", save_state(progress_)}});
  }

  /// Throws DataError if `saved` is not of such an environment; the recorder is then unchanged.
  void restore_state(const SavedState& saved) {
    const SavedParts parts = split_parts(saved, {"environment", "progress"});
    Recorder restored = *this;
    restore_environment(restored.environment_, parts.at("environment"));
    holdfast::restore_state(restored.progress_, parts.at("progress"));
    if (const Index time = restored.progress_.time; time < 0 || time >= environment_.time_limit())
      throw DataError(message("saved state: expected a time below the limit of ", environment_.time_limit(),
                              " steps, found ", time));
    restored.observe(restored.observation_);
    *this = std::move(restored);
  }

 private:
  struct Progress {
    Generator resets;
    Index time = 0;  ///< steps since the episode began
    static void state(auto& self, auto&& visit) {
      visit("resets", self.resets);
      visit("time", self.time);
    }
  };

  StepResult act() {
    if constexpr (finite) {
      const auto result = environment_.step(action_);
      return {result.reward, result.terminal};
    } else {
      return environment_.step(action_.col(0).template cast<double>().eval());
    }
  }
  void begin() {
    environment_.reset(progress_.resets);
    progress_.time = 0;
    observe(observation_);
  }
  void observe(Matrix<Scalar>& out) {
    environment_.observe(observed_);
    out = observed_.template cast<Scalar>();
  }

  E environment_;
  Progress progress_;
  Vector<double> observed_;
  Action action_{};
  Matrix<Scalar> observation_;
  Matrix<Scalar> next_observation_;
};

/// Returns `steps` transitions of `behavior` (see Recorder::step) in `environment`. The last episode may be unfinished.
template <class Scalar, class E, class Behavior>
[[nodiscard]] auto collect(const E& environment, Index steps, std::uint64_t seed, Behavior&& behavior)
    -> Transitions<Scalar, typename Recorder<Scalar, E>::Actions> {
  ReplayBuffer<Scalar, typename Recorder<Scalar, E>::Actions> buffer(
      {environment.observation_size(), environment.action_size()}, steps);
  Recorder<Scalar, E> recorder(environment, seed);
  for (Index step = 0; step < steps; ++step) recorder.step(behavior, buffer);
  return buffer.transitions();
}

/// Fills `action` (A×1) uniformly on [−1, 1] and returns its log-density, −A ln 2.
template <class Scalar>
Scalar act_uniformly(Generator& generator, Matrix<Scalar>& action) {
  for (Index j = 0; j < action.rows(); ++j) action(j, 0) = static_cast<Scalar>(generator.uniform(-1, 1));
  return static_cast<Scalar>(-static_cast<double>(action.rows()) * std::numbers::ln2);
}

/// Fills `action` uniformly from a finite set, [0, action_count), and returns its log-probability, −ln A.
template <class Scalar>
Scalar act_uniformly(Generator& generator, Index action_count, Index& action) {
  action = generator.index(action_count);
  return static_cast<Scalar>(-std::log(static_cast<double>(action_count)));
}

}  // namespace holdfast
