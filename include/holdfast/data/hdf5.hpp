/// \file
/// Datasets in D4RL's HDF5 layout (Fu et al., "D4RL: Datasets for deep data-driven reinforcement learning", 2020).
/// Needs the HDF5 C library; nothing else in the library includes this.
///
/// One row per transition: observations N×O, actions N×A, rewards, terminals and, where they exist, timeouts,
/// next_observations, infos/action_log_probs and metadata/…. Actions of a finite set are read by hdf5/finite.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/action_kind.hpp"
#include "holdfast/data/action_limit.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/data/hdf5/recording.hpp"
#include "holdfast/data/hdf5/sparse.hpp"
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

/// Throws DataError where an action lies outside ±limit.
template <class Scalar>
void check_action_range(const Matrix<Scalar>& actions, double limit) {
  const auto refuse = [&](Index row, Index feature) {
    const std::string suspicion = suspect_finite_actions(actions);
    throw DataError(message("actions: expected within ±", limit, ", found ", actions(feature, row), " in row ", row,
                            ", feature ", feature, "; scale the actions, or set action_limit",
                            suspicion.empty() ? "" : ". " + suspicion));
  };
  for (Index row = 0; row < actions.cols(); ++row)
    for (Index feature = 0; feature < actions.rows(); ++feature)
      if (outside_limit(static_cast<double>(actions(feature, row)), limit)) refuse(row, feature);
}

template <class Observations>
void write_observations(hdf5::Writer& file, const std::string& name, const Observations& observations) {
  if constexpr (SparseObservations<Observations>)
    hdf5::write_sparse(file, name, observations, hdf5::Storage::compressed);
  else
    file.write(name, observations, hdf5::Storage::compressed);
}

/// Throws DataError where the actions are one column, N: continuous ones are N×A.
inline void refuse_column_of_actions(const hdf5::Reader& file) {
  if (!file.contains("actions")) return;
  if (const auto shape = file.info("actions").shape; shape.size() == 1)
    file.fail("actions", message("expected the shape rows×features, found ", shape[0],
                                 "; store a continuous action of one feature as ", shape[0],
                                 "×1, and the numbers of a finite set as integers, or say how many actions there are: "
                                 "action_count"));
}

}  // namespace detail

/// Reads every row of a D4RL file, for what is asked of the recording itself, such as the return of its episodes; to
/// learn from it, see read_d4rl, which this reads and throws like. Where the file has no next_observations, that of a
/// terminal, a timeout and the last row is its own observation.
template <class Scalar = float>
[[nodiscard]] Recording<Scalar> read_recording(const std::string& path, const D4rlOptions& options = {}) {
  options.validate();
  const hdf5::Reader file(path);
  detail::refuse_other_layouts(file);
  Recording<Scalar> recording;
  Transitions<Scalar>& data = recording.rows;
  recording.has_next_observations = file.contains("next_observations");
  data.observations = file.read_matrix<Scalar>("observations");
  detail::refuse_column_of_actions(file);
  data.actions = file.read_matrix<Scalar>("actions");
  if (recording.has_next_observations) data.next_observations = file.read_matrix<Scalar>("next_observations");
  detail::read_columns(file, options.max_episode_steps, recording);
  detail::complete(path, recording, [&] { detail::check_action_range(data.actions, options.action_limit); });
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
  return detail::known_transitions(path, read_recording<Scalar>(path, options));
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
/// Actions of a finite set are int64 N, and how many there are is the number metadata/action_count. Of `metadata`, what
/// would say otherwise is left out: action_count, and with a finite set state_count, for observations are no longer
/// numbers. Sparse observations are groups, SciPy's CSR (hdf5/sparse.hpp); they need finite actions.
///
/// Throws DataError where the dataset is not valid or the file cannot be written.
template <class Scalar, class Actions, class Observations>
void write_d4rl(const std::string& path, const Transitions<Scalar, Actions, Observations>& data,
                const std::map<std::string, std::string>& metadata = {}) {
  static_assert(
      FiniteActions<Actions> || !SparseObservations<Observations>,
      "holdfast: read_d4rl reads continuous actions with dense observations only: give Matrix<Scalar>(observations)");
  data.validate();
  hdf5::Writer file(path);
  data.for_each_column([&](auto column) {
    if (column.path == nullptr || !data.has(column)) return;
    const auto& values = data.*column.stored;
    if constexpr (column.kind == ColumnKind::flag)
      file.write_flags(column.path, values, hdf5::Storage::compressed);
    else if constexpr (column.kind == ColumnKind::observation)
      detail::write_observations(file, column.path, values);
    else
      file.write(column.path, values, hdf5::Storage::compressed);
  });
  if (FiniteActions<Actions>) file.write_number("metadata/action_count", std::int64_t{data.action_count});
  for (const auto& [key, text] : metadata)
    if (key != "action_count" && !(FiniteActions<Actions> && key == "state_count"))
      file.write_text("metadata/" + key, text);
  file.commit();
}

}  // namespace holdfast
