/// \file
/// The action that the data took next, as an optional column.
#pragma once

#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// A copy of the data with `next_actions`: what was done at each row's next observation. Rows that are not terminal and
/// are the last of their trajectory are left out, for nobody recorded what was done next; a terminal's next action,
/// which no backup uses, is its own. Throws DataError where no row is left.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Transitions<Scalar, Actions, Observations> with_next_actions(
    const Transitions<Scalar, Actions, Observations>& data) {
  std::vector<Index> kept;
  std::vector<Index> next;
  for (const TrajectoryRange& range : trajectories(data))
    for (Index row = range.begin; row < range.end; ++row) {
      const bool last = row + 1 == range.end;
      if (last && data.terminals(row) == 0) continue;
      kept.push_back(row);
      next.push_back(last ? row : row + 1);
    }
  if (kept.empty()) throw DataError("actions: expected a transition whose next action is known, found none");
  auto chosen = data.select(kept);
  detail::copy_columns(data.actions, next, chosen.next_actions);
  return chosen;
}

}  // namespace holdfast
