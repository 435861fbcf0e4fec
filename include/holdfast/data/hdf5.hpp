/// \file
/// Datasets in D4RL's HDF5 layout (Fu et al., "D4RL: Datasets for deep data-driven reinforcement learning", 2020).
/// Needs the HDF5 C library; nothing else in the library includes this.
///
/// One row per transition: observations N×O, actions N×A, rewards, terminals and, where they exist, timeouts,
/// next_observations, infos/action_log_probs and metadata/….
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/action_limit.hpp"
#include "holdfast/data/hdf5_file.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// How to read a D4RL file.
struct D4rlOptions {
  /// Steps after which an episode was cut short; 0 = never. Used only where the file has neither timeouts nor
  /// next_observations.
  Index max_episode_steps = 0;
  /// Actions outside ±limit, by more than a millionth of it, are an error; infinity accepts all.
  double action_limit = 1;

  /// Throws ConfigError.
  void validate() const {
    require(max_episode_steps >= 0, "max_episode_steps", "zero or positive", max_episode_steps);
    require(action_limit > 0, "action_limit", "positive", action_limit);
  }
};

namespace detail {

/// Flags every transition that is the `max_episode_steps`-th since the last terminal or timeout.
inline Flags count_timeouts(const Flags& terminals, Index max_episode_steps) {
  Flags timeouts = Flags::Zero(terminals.size());
  Index steps = 0;
  for (Index row = 0; row < terminals.size() && max_episode_steps > 0; ++row) {
    timeouts(row) = ++steps == max_episode_steps;
    if (terminals(row) || timeouts(row)) steps = 0;
  }
  return timeouts;
}

/// Takes the following row's observation for the next observation; a terminal, whose next observation is never used, a
/// timeout and the last row, whose next observation is not known, take their own.
template <class Scalar>
void infer_next_observations(Transitions<Scalar>& data) {
  data.next_observations = data.observations;
  for (Index row = 0; row + 1 < data.size(); ++row)
    if (!data.terminals(row) && !data.timeouts(row)) data.next_observations.col(row) = data.observations.col(row + 1);
}

/// Drops the rows whose next observation the file does not hold: timeouts, and the last row, unless terminal. The row
/// before a dropped one becomes its trajectory's last, hence a timeout.
template <class Scalar>
void drop_unknown_successors(Transitions<Scalar>& data) {
  std::vector<Index> kept;
  bool inside = false;  // whether the previous row was kept and its trajectory goes on
  for (Index row = 0; row < data.size(); ++row) {
    const bool known = data.terminals(row) || (!data.timeouts(row) && row + 1 < data.size());
    if (known) kept.push_back(row);
    if (!known && inside) data.timeouts(row - 1) = 1;
    inside = known && !data.terminals(row);
  }
  data = data.select(kept);
}

/// Throws DataError where an action lies outside ±limit.
template <class Scalar>
void check_action_range(const Matrix<Scalar>& actions, double limit) {
  for (Index row = 0; row < actions.cols(); ++row)
    for (Index feature = 0; feature < actions.rows(); ++feature)
      if (const auto action = static_cast<double>(actions(feature, row)); outside_limit(action, limit))
        throw DataError(message("actions: expected within ±", limit, ", found ", action, " in row ", row, ", feature ",
                                feature, "; scale the actions, or set action_limit"));
}

}  // namespace detail

/// What a D4RL file holds, every row of it.
template <class Scalar = float>
struct Recording {
  Transitions<Scalar> rows;           ///< in the order of the file
  bool has_next_observations = true;  ///< whether the file has them; otherwise each is the following row's observation
  bool has_timeouts = true;           ///< whether the file has them; otherwise they are counted

  /// The rows whose successor is known: all where the file has next_observations. Otherwise timeouts and the last row
  /// are dropped, unless terminal, and the row before a dropped one is marked as the timeout, so that trajectories
  /// still split there; its own successor, the dropped row's observation, is right.
  [[nodiscard]] Transitions<Scalar> transitions() && {
    if (!has_next_observations) detail::drop_unknown_successors(rows);
    return std::move(rows);
  }
};

/// Reads every row of a D4RL file, for what is asked of the recording itself, such as the return of its episodes; to
/// learn from it, see read_d4rl, which this reads and throws like. Where the file has no next_observations, that of a
/// terminal, a timeout and the last row is its own observation.
template <class Scalar = float>
[[nodiscard]] Recording<Scalar> read_recording(const std::string& path, const D4rlOptions& options = {}) {
  options.validate();
  const hdf5::Reader file(path);
  Recording<Scalar> recording;
  Transitions<Scalar>& data = recording.rows;
  recording.has_next_observations = file.contains("next_observations");
  recording.has_timeouts = file.contains("timeouts");
  data.observations = file.read_matrix<Scalar>("observations");
  data.actions = file.read_matrix<Scalar>("actions");
  data.rewards = file.read_row<Scalar>("rewards");
  data.terminals = file.read_flags("terminals");
  data.next_observations =
      recording.has_next_observations ? file.read_matrix<Scalar>("next_observations") : data.observations;
  if (recording.has_timeouts)
    data.timeouts = file.read_flags("timeouts");
  else
    data.timeouts =
        detail::count_timeouts(data.terminals, recording.has_next_observations ? 0 : options.max_episode_steps);
  if (file.contains("infos/action_log_probs")) data.action_log_probs = file.read_row<Scalar>("infos/action_log_probs");
  try {
    data.validate();
    detail::check_action_range(data.actions, options.action_limit);
  } catch (const DataError& error) {
    throw DataError(path + ": " + error.what());
  }
  if (!recording.has_next_observations) detail::infer_next_observations(data);
  return recording;
}

/// Reads a D4RL file. Numbers may be of any precision, columns N or N×1, flags bool, integers or floating-point.
///
/// Where the file has next_observations every row is kept. Where it has not, the next observation is the following
/// row's, so what has no known successor is dropped (Recording::transitions). A terminal's next observation, never
/// used, is its own observation. Unlike d4rl's qlearning_dataset this uses next_observations and keeps terminals that
/// are also timeouts, or last.
///
/// Throws DataError, one line naming the file, the dataset, what was expected and what was found; ConfigError where an
/// option is out of range.
template <class Scalar = float>
[[nodiscard]] Transitions<Scalar> read_d4rl(const std::string& path, const D4rlOptions& options = {}) {
  Transitions<Scalar> data = read_recording<Scalar>(path, options).transitions();
  if (data.size() == 0) throw DataError(path + ": expected a transition whose successor is known, found none");
  return data;
}

/// The single texts, numbers and bools below metadata/, as text, by their name there: "algorithm" → "SAC". Arrays, such
/// as the weights of a policy, are left out. Empty where the file has none.
///
/// Throws DataError where the file cannot be opened or read.
[[nodiscard]] inline std::map<std::string, std::string> read_metadata(const std::string& path) {
  const std::string group = "metadata/";
  const hdf5::Reader file(path);
  std::map<std::string, std::string> metadata;
  for (const std::string& name : file.names())
    if (name.starts_with(group))
      if (auto text = file.read_as_text(name)) metadata.emplace(name.substr(group.size()), *std::move(text));
  return metadata;
}

/// Writes a D4RL file, gzip-compressed, in the precision of Scalar, with `metadata` as text under metadata/<key>. A
/// file already there is replaced when the new one is complete, never before. Reading it back gives the same bits.
///
/// Throws DataError where the dataset is not valid or the file cannot be written.
template <class Scalar>
void write_d4rl(const std::string& path, const Transitions<Scalar>& data,
                const std::map<std::string, std::string>& metadata = {}) {
  constexpr auto compressed = hdf5::Storage::compressed;
  data.validate();
  hdf5::Writer file(path);
  file.write("observations", data.observations, compressed);
  file.write("actions", data.actions, compressed);
  file.write("rewards", data.rewards, compressed);
  file.write("next_observations", data.next_observations, compressed);
  file.write_flags("terminals", data.terminals, compressed);
  file.write_flags("timeouts", data.timeouts, compressed);
  if (data.has_action_log_probs()) file.write("infos/action_log_probs", data.action_log_probs, compressed);
  for (const auto& [key, text] : metadata) file.write_text("metadata/" + key, text);
  file.commit();
}

}  // namespace holdfast
