/// \file
/// Checks that policy and critics have as many actions as their learner; a larger action number would index past the
/// end.
#pragma once

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Throws ConfigError unless `found` equals the requested number of actions, sizes.action.
inline void check_action_size(Index found, const char* whose, Index asked) {
  if (found != asked)
    throw ConfigError(message("sizes.action must be ", found, ", as the ", whose, ", but is ", asked));
}

/// Returns the number of given actions per state, for `states` states and actions of a finite action set. Throws
/// DataError if the number of actions is zero or not a multiple of the number of states.
[[nodiscard]] inline Index actions_per_state(Index actions, Index states) {
  if (actions == 0 || actions % states != 0)
    throw DataError(message("actions: expected as many for each of ", states, " observations, found ", actions));
  return actions / states;
}

/// Throws ConfigError unless every critic has `asked` actions. Critics without action_size() are not checked.
template <class Critics>
void check_critic_actions(const Critics& critics, Index asked) {
  if constexpr (requires { critics.member(Net::online, Index{}).action_size(); })
    for (Index i = 0; i < critics.size(); ++i)
      check_action_size(critics.member(Net::online, i).action_size(), "critics have", asked);
}

}  // namespace holdfast
