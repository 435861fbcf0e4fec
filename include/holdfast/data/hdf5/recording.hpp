/// \file
/// Holds all rows of a D4RL file, before rows with an unknown successor are dropped; hdf5.hpp reads them. Needs the
/// HDF5 C library.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

namespace detail {

/// Returns timeout flags for every transition that is the `max_episode_steps`-th since the last terminal or timeout; no
/// flags if the number is 0.
inline Flags mark_timeouts(const Flags& terminals, Index max_episode_steps) {
  Flags timeouts = Flags::Zero(terminals.size());
  Index steps = 0;
  for (Index row = 0; row < terminals.size() && max_episode_steps > 0; ++row) {
    timeouts(row) = ++steps == max_episode_steps;
    if (terminals(row) || timeouts(row)) steps = 0;
  }
  return timeouts;
}

/// Sets each next observation to the following row's observation. A terminal, whose next observation is never used, and
/// a timeout and the last row, whose next observations are unknown, get their own observation.
template <class Scalar, class Actions, class Observations>
void infer_next_observations(Transitions<Scalar, Actions, Observations>& data) {
  std::vector<Index> successors(static_cast<std::size_t>(data.size()));
  for (Index row = 0; row < data.size(); ++row) {
    const bool follows = row + 1 < data.size() && !data.terminals(row) && !data.timeouts(row);
    successors[static_cast<std::size_t>(row)] = follows ? row + 1 : row;
  }
  copy_columns(data.observations, successors, data.next_observations);
}

/// Drops the rows whose next observation is not in the file: timeouts and the last row, unless they are terminal. The
/// row before a dropped row becomes the last of its trajectory and is therefore marked as a timeout.
template <class Scalar, class Actions, class Observations>
void drop_unknown_successors(Transitions<Scalar, Actions, Observations>& data) {
  std::vector<Index> kept;
  bool inside = false;  // true if the previous row was kept and its trajectory continues
  for (Index row = 0; row < data.size(); ++row) {
    const bool known = data.terminals(row) || (!data.timeouts(row) && row + 1 < data.size());
    if (known) kept.push_back(row);
    if (!known && inside) data.timeouts(row - 1) = 1;
    inside = known && !data.terminals(row);
  }
  data = data.select(kept);
}

}  // namespace detail

/// All rows of a D4RL file.
template <class Scalar = float, class Actions = Matrix<Scalar>, class Observations = Matrix<Scalar>>
struct Recording {
  Transitions<Scalar, Actions, Observations> rows;  ///< in the order of the file
  bool has_next_observations = true;                ///< false if each is inferred as the following row's observation
  bool has_timeouts = true;                         ///< false if the file has none and they are counted instead

  /// Flags every `max_episode_steps`-th transition of each trajectory as a timeout, for files that do not record where
  /// episodes were cut. Does nothing if a timeout is already flagged or the number is not positive.
  void mark_timeouts(Index max_episode_steps) {
    if (max_episode_steps <= 0 || (rows.timeouts != 0).any()) return;
    for (const TrajectoryRange& range : trajectories(rows))
      for (Index row = range.begin + max_episode_steps - 1; row < range.end; row += max_episode_steps)
        rows.timeouts(row) = 1;
    if (!has_next_observations) detail::infer_next_observations(rows);
  }

  /// Returns the rows whose successor is known: all rows if the file has next_observations. Otherwise timeouts and the
  /// last row are dropped, unless they are terminal. The row before a dropped row is marked as a timeout, so that
  /// trajectories still split there; its next observation, the observation of the dropped row, is correct.
  [[nodiscard]] Transitions<Scalar, Actions, Observations> transitions() && {
    if (!has_next_observations) detail::drop_unknown_successors(rows);
    return std::move(rows);
  }
};

namespace detail {

/// Throws DataError if the file is in Minari's layout, which has one group per episode.
inline void refuse_other_layouts(const hdf5::Reader& file) {
  if (file.contains("observations") || !file.contains("episode_0")) return;
  throw DataError(
      file.path() +
      ": expected D4RL's layout, a row for each transition, found Minari's, a group for each episode (episode_0, …); "
      "write the episodes one after another: observations without each episode's last, next_observations without its "
      "first, actions, rewards, terminations as terminals, truncations as timeouts");
}

/// Throws DataError if the number of observations differs from that of actions, rewards and terminals, which agree. The
/// message explains how to store final observations.
template <class Scalar, class Actions, class Observations>
void check_observation_rows(const Transitions<Scalar, Actions, Observations>& data) {
  const Index rows = data.rewards.size();
  const Index found = data.observations.cols();
  if (found == rows || data.actions.cols() != rows || data.terminals.size() != rows) return;
  const char* remedy = found > rows ? "; the final observation of an episode has no row of its own: leave it out, and "
                                      "store what follows each row as next_observations"
                                    : "; is the file complete?";
  throw DataError(
      message("observations: expected ", rows, " rows, as actions, rewards and terminals have, found ", found, remedy));
}

/// Reads the columns with one number or flag per row: all required ones, and the optional ones that the file has.
template <class Scalar, class Actions, class Observations>
void read_columns(const hdf5::Reader& file, Index max_episode_steps,
                  Recording<Scalar, Actions, Observations>& recording) {
  auto& data = recording.rows;
  recording.has_timeouts = file.contains("timeouts");
  data.for_each_column([&](auto column) {
    if (column.path == nullptr) return;
    if ((column.is_optional || column.is_inferred) && !file.contains(column.path)) return;
    if constexpr (column.kind == ColumnKind::number) data.*column.stored = file.read_row<Scalar>(column.path);
    if constexpr (column.kind == ColumnKind::flag) data.*column.stored = file.read_flags(column.path);
  });
  if (!recording.has_timeouts)
    data.timeouts = mark_timeouts(data.terminals, recording.has_next_observations ? 0 : max_episode_steps);
}

/// Validates the recording, also with `check`, and then infers the next observations if the file has none. Throws
/// DataError that names the file.
template <class Scalar, class Actions, class Observations, class Check>
void complete(const std::string& path, Recording<Scalar, Actions, Observations>& recording, const Check& check) {
  auto& data = recording.rows;
  if (!recording.has_next_observations) data.next_observations = data.observations;
  try {
    check_observation_rows(data);
    data.validate();
    check();
  } catch (const DataError& error) {
    throw DataError(path + ": " + error.what());
  }
  if (!recording.has_next_observations) infer_next_observations(data);
}

/// Returns the rows that can be learned from. Throws DataError if there are none.
template <class Scalar, class Actions, class Observations>
Transitions<Scalar, Actions, Observations> known_transitions(const std::string& path,
                                                             Recording<Scalar, Actions, Observations> recording) {
  auto data = std::move(recording).transitions();
  if (data.size() == 0) throw DataError(path + ": expected a transition whose successor is known, found none");
  return data;
}

}  // namespace detail
}  // namespace holdfast
