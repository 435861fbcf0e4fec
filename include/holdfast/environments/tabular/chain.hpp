/// \file
/// chain_mdp: states in a row with a reward at the end, a small task with a delayed effect of early actions.
#pragma once

#include <algorithm>
#include <cmath>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The effect of action 1 of a chain.
enum class ChainRetreat {
  back,   ///< one state back; none in the first state
  start,  ///< back to the first state
  stay,   ///< none
  quit    ///< ends the process
};

/// The parameters of `chain_mdp`.
struct ChainConfig {
  Index states = 10;                          ///< at least 1
  double slip = 0;                            ///< probability that a step has the effect of the other action, in [0, 1]
  double goal_reward = 1;                     ///< reward of the step that goes on from the last state
  double step_reward = 0;                     ///< reward of every other step
  ChainRetreat retreat = ChainRetreat::back;  ///< effect of action 1

  /// Throws ConfigError naming the first field outside its range.
  void validate() const {
    require(states >= 1, "chain.states", "at least 1", states);
    require(slip >= 0 && slip <= 1, "chain.slip", "in [0, 1]", slip);
    require(std::isfinite(goal_reward), "chain.goal_reward", "finite", goal_reward);
    require(std::isfinite(step_reward), "chain.step_reward", "finite", step_reward);
  }
};

/// Returns a chain. Action 0 goes on to the next state, and from the last one to the end; action 1 retreats. The
/// process begins in state 0. Throws ConfigError if the config is not valid.
///
/// Without slips and with discount γ, the value of going on, from k states before the last, is
///
///     γᵏ goal_reward + step_reward (1 − γᵏ) / (1 − γ).
[[nodiscard]] inline TabularMdp chain_mdp(const ChainConfig& config = {}) {
  config.validate();
  TabularMdp mdp = TabularMdp::zeros(config.states, 2);
  mdp.initial[0] = 1;
  for (Index state = 0; state < config.states; ++state) {
    Index behind = state;
    if (config.retreat == ChainRetreat::back) behind = std::max<Index>(state - 1, 0);
    if (config.retreat == ChainRetreat::start) behind = 0;
    for (Index action = 0; action < 2; ++action) {
      const double on = action == 0 ? 1 - config.slip : config.slip;
      const bool last = state == config.states - 1;
      if (config.retreat == ChainRetreat::quit)
        mdp.terminations(action, state) = 1 - on;
      else
        mdp.transitions(behind, mdp.column(state, action)) += 1 - on;
      if (last)
        mdp.terminations(action, state) += on;
      else
        mdp.transitions(state + 1, mdp.column(state, action)) += on;
      mdp.rewards(action, state) = last ? on * config.goal_reward + (1 - on) * config.step_reward : config.step_reward;
    }
  }
  return mdp;
}

}  // namespace holdfast
