/// \file
/// How a D4RL file is read, whatever its actions.
#pragma once

#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// How to read a D4RL file.
struct D4rlOptions {
  /// The largest set there may be: SparseMatrix numbers its rows with an int.
  static constexpr Index most = std::numeric_limits<int>::max();

  /// Steps after which an episode was cut short; 0 = never. Used only where the file has neither timeouts nor
  /// next_observations.
  Index max_episode_steps = 0;
  /// Continuous actions outside ±limit, by more than a millionth of it, are an error; infinity accepts all. Those of a
  /// finite set have no limit.
  double action_limit = 1;
  /// A, how many actions a finite set has; 0 = as metadata/action_count says, or where it is absent the highest in the
  /// file + 1. Not of continuous actions.
  Index action_count = 0;
  /// How many states there are, where observations are their numbers, beside actions of a finite set; 0 = as
  /// metadata/state_count says, or where it is absent the highest in the file + 1. With it, or with state_count in the
  /// file, a column N×1 holds numbers too. Not of continuous actions.
  Index state_count = 0;

  /// Throws ConfigError.
  void validate() const {
    require(max_episode_steps >= 0, "max_episode_steps", "zero or positive", max_episode_steps);
    require(action_limit > 0, "action_limit", "positive", action_limit);
    require(action_count >= 0 && action_count <= most, "action_count", "from 0 to 2147483647", action_count);
    require(state_count >= 0 && state_count <= most, "state_count", "from 0 to 2147483647", state_count);
  }
};

}  // namespace holdfast
