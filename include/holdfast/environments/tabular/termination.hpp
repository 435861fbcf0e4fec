/// \file
/// Whether a TabularMdp ends, by reachability: what decides if values exist where nothing is discounted.
#pragma once

#include <optional>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// Who takes one of several actions: chance, which takes each at times, or somebody who wants to stay for ever.
enum class Taking { each, worst };

namespace detail {

/// The states that are not endless, found by spreading backwards from the end. O(A·S²), since each is spread from once.
inline Eigen::Array<bool, Eigen::Dynamic, 1> states_that_end(const TabularMdp& mdp, const ActionMask& taken,
                                                             Taking taking) {
  ActionMask safe = taken;
  Eigen::Array<bool, Eigen::Dynamic, 1> ends = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(mdp.states(), false);
  std::vector<Index> waiting;
  const auto leave = [&](Index state, Index action) {
    if (!safe(action, state)) return;
    safe(action, state) = false;
    if (ends[state] || (taking == Taking::worst && safe.col(state).any())) return;
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

/// The first state from which the process need not end, where only the actions of `taken` are taken; none if it ends
/// with probability one from everywhere.
///
/// `Taking::each`: every action of `taken` has a chance, as under a policy; the state is one that the end cannot be
/// reached from. `Taking::worst`: the state is in the largest set in every state of which some action of `taken` keeps
/// the process inside, so that some policy never ends it.
[[nodiscard]] inline std::optional<Index> endless_state(const TabularMdp& mdp, const ActionMask& taken, Taking taking) {
  const auto ends = detail::states_that_end(mdp, taken, taking);
  for (Index state = 0; state < mdp.states(); ++state)
    if (!ends[state]) return state;
  return std::nullopt;
}

}  // namespace holdfast
