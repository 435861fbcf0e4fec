/// \file
/// Adds the next recorded action of each transition to a dataset, as an optional column.
#pragma once

#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// Returns a copy of the data with `next_actions`, the recorded action at each row's next observation. The last row of
/// a trajectory is left out unless it is terminal, because its next action was not recorded. A terminal row gets its
/// own action, which no backup uses. Throws DataError if no row is left.
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
