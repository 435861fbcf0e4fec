/// \file
/// That a policy and critics are of as many actions as the learner they are part of. A number that is none of a finite
/// set's would be read from where nothing is.
#pragma once

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Throws ConfigError unless `found` is the number of actions that was asked for, sizes.action.
inline void check_action_size(Index found, const char* whose, Index asked) {
  if (found != asked)
    throw ConfigError(message("sizes.action must be ", found, ", as the ", whose, ", but is ", asked));
}

/// How many actions of a finite set there are for each of `states` states. Throws DataError where it is not the same
/// number for each.
[[nodiscard]] inline Index actions_per_state(Index actions, Index states) {
  if (actions == 0 || actions % states != 0)
    throw DataError(message("actions: expected as many for each of ", states, " observations, found ", actions));
  return actions / states;
}

/// Throws ConfigError unless every critic that says how many actions it has, as a FiniteQ does, has `asked`.
template <class Critics>
void check_critic_actions(const Critics& critics, Index asked) {
  if constexpr (requires { critics.member(Net::online, Index{}).action_size(); })
    for (Index i = 0; i < critics.size(); ++i)
      check_action_size(critics.member(Net::online, i).action_size(), "critics have", asked);
}

}  // namespace holdfast
