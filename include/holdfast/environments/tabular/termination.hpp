/// \file
/// endless_state: finds states from which a TabularMdp may never end, for which undiscounted values do not exist.
#pragma once

#include <optional>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The rule by which one of several actions is taken. With `any`, every action has a positive probability. With
/// `worst`, an adversary picks the action that avoids the end.
enum class ActionRule { any, worst };

namespace detail {

/// Returns which states are not endless, by a search backwards from the end. O(A·S²), because each state is expanded
/// once.
inline Eigen::Array<bool, Eigen::Dynamic, 1> states_that_end(const TabularMdp& mdp, const ActionMask& taken,
                                                             ActionRule rule) {
  ActionMask safe = taken;
  Eigen::Array<bool, Eigen::Dynamic, 1> ends = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(mdp.states(), false);
  std::vector<Index> waiting;
  const auto leave = [&](Index state, Index action) {
    if (!safe(action, state)) return;
    safe(action, state) = false;
    if (ends[state] || (rule == ActionRule::worst && safe.col(state).any())) return;
    ends[state] = true;
    waiting.push_back(state);
  };
  for (Index state = 0; state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action)
      if (mdp.terminations(action, state) > 0) leave(state, action);
  while (!waiting.empty()) {
    const Index next = waiting.back();
    waiting.pop_back();
    for (Index state = 0; state < mdp.states(); ++state)
      for (Index action = 0; action < mdp.actions(); ++action)
        if (mdp.transitions(next, mdp.column(state, action)) > 0) leave(state, action);
  }
  return ends;
}

}  // namespace detail

/// Returns the first state from which the process may never end if only the actions of `taken` are used. Returns
/// nothing if it ends with probability one from every state.
///
/// With `ActionRule::any`, every action of `taken` has a positive probability, as under a policy: a state is endless if
/// the end cannot be reached from it. With `ActionRule::worst`, the endless states are the largest set in which every
/// state has an action of `taken` that keeps the process inside, so that some policy never ends it.
[[nodiscard]] inline std::optional<Index> endless_state(const TabularMdp& mdp, const ActionMask& taken,
                                                        ActionRule rule) {
  const auto ends = detail::states_that_end(mdp, taken, rule);
  for (Index state = 0; state < mdp.states(); ++state)
    if (!ends[state]) return state;
  return std::nullopt;
}

}  // namespace holdfast
