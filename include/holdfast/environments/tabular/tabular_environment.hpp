/// \file
/// TabularEnvironment: a TabularMdp as an environment.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// A TabularMdp as an environment. State: the index of the MDP's state, as a vector of size 1. Observation: the state
/// one-hot, size S. Action: the index of an action that is available in the state.
///
/// The reward of a step is its expected reward, not a draw. A step that ends the process leaves the state as it was.
/// Next states are drawn from the environment's own random stream, which `reset` seeds from its generator. The
/// generator given to `reset` and the actions therefore determine all that follows. Copies continue the same stream.
class TabularEnvironment {
 public:
  /// Begins in the first state with a positive initial probability, until `reset`. `seed` determines the draws before
  /// `reset`. Throws DataError if the MDP is not valid, ConfigError unless the time limit (in steps) is at least 1.
  explicit TabularEnvironment(TabularMdp mdp, std::string name = "tabular", Index time_limit = 100,
                              std::uint64_t seed = 0)
      : mdp_(std::move(mdp)),
        name_(std::move(name)),
        time_limit_(time_limit),
        generator_(seed, Stream::environment, 2) {
    mdp_.validate();
    require(time_limit >= 1, "tabular.time_limit", "at least 1", time_limit);
    Index first = 0;
    while (!(mdp_.initial[first] > 0)) ++first;
    state_.setConstant(1, static_cast<double>(first));
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const TabularMdp& mdp() const { return mdp_; }
  [[nodiscard]] Index observation_size() const { return mdp_.states(); }
  [[nodiscard]] Index action_size() const { return mdp_.actions(); }
  [[nodiscard]] Index time_limit() const { return time_limit_; }

  /// Returns the range over all available actions.
  [[nodiscard]] Interval reward_range() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {mdp_.available.select(mdp_.rewards.array(), infinity).minCoeff(),
            mdp_.available.select(mdp_.rewards.array(), -infinity).maxCoeff()};
  }

  /// Returns NaN: solutions.hpp gives exact returns, but without a time limit.
  [[nodiscard]] static constexpr References references() {
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  }

  /// Draws a new initial state, and the seed of the random stream for the next states.
  void reset(Generator& generator) {
    state_[0] = static_cast<double>(detail::drawn(mdp_.initial, generator.uniform() * mdp_.initial.sum()));
    const std::uint64_t high = generator();
    generator_ = Generator((high << 32U) | generator(), Stream::environment);
  }

  void observe(Eigen::Ref<Vector<double>> out) const { out = Vector<double>::Unit(mdp_.states(), number()); }

  /// Throws DataError if there is no such action or it is not available in the state.
  StepResult step(Index action) {
    const Index state = number();
    if (action < 0 || action >= mdp_.actions())
      throw DataError(message(name_, ": the action must be one of 0 to ", mdp_.actions() - 1, ", but is ", action));
    if (!mdp_.available(action, state))
      throw DataError(message(name_, ": the action must be available in state ", state, ", but is ", action));
    const auto next = detail::draw_successor(mdp_, state, action, generator_.uniform());
    if (next) state_[0] = static_cast<double>(*next);
    return {mdp_.rewards(action, state), !next};
  }

  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError unless the state is one whole number in [0, S).
  void set_state(ConstVectorRef state) {
    detail::check_vector(name_, "the state", state, 1);
    if (state[0] < 0 || state[0] >= static_cast<double>(mdp_.states()) || state[0] != std::floor(state[0]))
      throw DataError(message(name_, ": the state must be one of 0 to ", mdp_.states() - 1, ", but is ", state[0]));
    state_ = state;
  }

  /// Returns the state and the random stream. `restore_state` continues from both (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const { return save_state(Held{state_, generator_}); }

  /// Throws DataError, like `set_state` or if `saved` is of something else.
  void restore_state(const SavedState& saved) {
    Held held{state_, generator_};
    holdfast::restore_state(held, saved);
    set_state(held.number);
    generator_ = held.generator;
  }

  /// Returns the index of the state behind an observation. Throws DataError unless the observation is one-hot.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    detail::check_vector(name_, "the observation", observation, mdp_.states());
    const auto found = one_hot_state(observation);
    if (!found)
      throw DataError(
          message(name_, ": the observation must be one-hot, but has ", detail::non_zeros_text(observation)));
    return Vector<double>::Constant(1, static_cast<double>(*found));
  }

 private:
  struct Held {
    Vector<double> number;
    Generator generator;
    static void state(auto& self, auto&& visit) {
      visit("state", self.number);
      visit("generator", self.generator);
    }
  };

  [[nodiscard]] Index number() const { return static_cast<Index>(state_[0]); }

  TabularMdp mdp_;
  std::string name_;
  Index time_limit_;
  Generator generator_;
  Vector<double> state_;
};

}  // namespace holdfast
