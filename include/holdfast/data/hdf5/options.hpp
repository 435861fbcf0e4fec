/// \file
/// Defines the options for reading a D4RL file with either kind of actions.
#pragma once

#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Options for reading a D4RL file.
struct D4rlOptions {
  /// The largest allowed size of an action or state set, because SparseMatrix numbers its rows with an int.
  static constexpr Index most = std::numeric_limits<int>::max();

  /// The number of steps after which an episode was cut short; 0 = never. Used only if the file has neither timeouts
  /// nor next_observations.
  Index max_episode_steps = 0;
  /// The limit of continuous actions. An action that exceeds ±limit by more than a relative 1e-6 is an error; infinity
  /// accepts all. Actions of a finite action set have no limit.
  double action_limit = 1;
  /// A, the number of actions of a finite action set. 0 = from metadata/action_count or, if the file does not have it,
  /// the highest action in the file + 1. Must be 0 for continuous actions.
  Index action_count = 0;
  /// The number of states, if observations are state numbers (with a finite action set). 0 = from metadata/state_count
  /// or, if the file does not have it, the highest state in the file + 1. If this option or metadata/state_count is
  /// given, a column N×1 holds state numbers too. Must be 0 for continuous actions.
  Index state_count = 0;

  /// Throws ConfigError if an option is out of range.
  void validate() const {
    require(max_episode_steps >= 0, "max_episode_steps", "zero or positive", max_episode_steps);
    require(action_limit > 0, "action_limit", "positive", action_limit);
    require(action_count >= 0 && action_count <= most, "action_count", "from 0 to 2147483647", action_count);
    require(state_count >= 0 && state_count <= most, "state_count", "from 0 to 2147483647", state_count);
  }
};

}  // namespace holdfast
