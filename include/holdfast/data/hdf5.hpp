/// \file
/// Reads and writes datasets in D4RL's HDF5 layout (Fu et al., "D4RL: Datasets for deep data-driven reinforcement
/// learning", 2020). Needs the HDF5 C library. No other header of the library includes this one.
///
/// The file has one row per transition: observations N×O, actions N×A, rewards, terminals and, optionally, timeouts,
/// next_observations, infos/action_log_probs and metadata/….
///
/// Actions of a finite action set are one column of whole numbers from 0, N or N×1, in any numeric type. The number
/// metadata/action_count states how many actions there are. With such actions, observations and (if present)
/// next_observations are each one of
///   - a matrix N×O;
///   - one column N of whole numbers, the states of a finite state set as in Gymnasium's Discrete spaces; they become
///     one-hot, and the number metadata/state_count states how many states there are;
///   - a group of `data`, `indices`, `indptr` and `shape`, a sparse N×O matrix like SciPy's csr_matrix
///     (hdf5/sparse.hpp).
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/hdf5/actions.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/data/hdf5/observations.hpp"
#include "holdfast/data/hdf5/options.hpp"
#include "holdfast/data/hdf5/recording.hpp"
#include "holdfast/data/hdf5/sparse.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

namespace detail {

template <class Observations>
void write_observations(hdf5::Writer& file, const std::string& name, const Observations& observations) {
  if constexpr (SparseObservations<Observations>)
    hdf5::write_sparse(file, name, observations, hdf5::Storage::compressed);
  else
    file.write(name, observations, hdf5::Storage::compressed);
}

/// Reads observations and actions into a recording. Its `has_next_observations` must be set already.
template <class Scalar, class Actions, class Observations>
void read_states_and_actions(const hdf5::Reader& file, const D4rlOptions& options,
                             Recording<Scalar, Actions, Observations>& recording) {
  Transitions<Scalar, Actions, Observations>& data = recording.rows;
  if constexpr (FiniteActions<Actions>) {
    const ObservationReader<Observations> observations(file, options.state_count);
    data.observations = observations.read("observations");
    data.actions = read_finite_actions(file, options.action_count, data.action_count);
    if (recording.has_next_observations) data.next_observations = observations.read("next_observations");
  } else {
    constexpr const char* none = "0 for continuous actions; read_d4rl<ActionIndices> reads those of a finite set";
    require(options.action_count == 0, "action_count", none, options.action_count);
    require(options.state_count == 0, "state_count", none, options.state_count);
    data.observations = file.read_matrix<Scalar>("observations");
    refuse_column_of_actions(file);
    data.actions = file.read_matrix<Scalar>("actions");
    if (recording.has_next_observations) data.next_observations = file.read_matrix<Scalar>("next_observations");
  }
}

}  // namespace detail

/// Reads every row of a D4RL file, for properties of the recording itself such as the returns of its episodes. For
/// training data use read_d4rl; this function accepts the same files and throws the same errors for them. If the file
/// has no next_observations, each is the observation of the following row. For a terminal, a timeout and the last row
/// it is the row's own observation.
template <class Actions = Matrix<float>, class Observations = Matrix<ScalarOf<Actions>>>
[[nodiscard]] Recording<typename Observations::Scalar, Actions, Observations> read_recording(
    const std::string& path, const D4rlOptions& options = {}) {
  constexpr bool finite = FiniteActions<Actions>;
  static_assert(finite || std::same_as<Observations, Actions>,
                "holdfast: beside continuous actions, Matrix<Scalar>, observations are read as Matrix<Scalar> too");
  options.validate();
  const hdf5::Reader file(path);
  detail::refuse_other_layouts(file);
  Recording<typename Observations::Scalar, Actions, Observations> recording;
  recording.has_next_observations =
      file.contains("next_observations") || (finite && hdf5::is_sparse(file, "next_observations"));
  detail::read_states_and_actions(file, options, recording);
  detail::read_columns(file, options.max_episode_steps, recording);
  detail::complete(path, recording, [&] {
    if constexpr (!finite) detail::check_action_range(recording.rows.actions, options.action_limit);
  });
  return recording;
}

/// Reads a D4RL file. For continuous actions, `read_d4rl(path)` reads float and `read_d4rl<Matrix<double>>(path)` reads
/// double. For a finite action set use `read_d4rl<ActionIndices>(path)`; to get observations of a type other than
/// Matrix<float>, use for example `read_d4rl<ActionIndices, SparseMatrix<float>>(path)`, in whichever of the three
/// forms the file holds them. Numbers may have any precision, columns may be N or N×1, and flags may be bool, integers
/// or floating-point.
///
/// If the file has next_observations, every row is kept. Otherwise the next observation is that of the following row,
/// and rows without a known successor are dropped (Recording::transitions). A terminal's next observation is then its
/// own observation; it is never used. Unlike d4rl's qlearning_dataset, this function uses next_observations and keeps
/// terminals that are also timeouts or the last row.
///
/// Throws DataError with one line that names the file, the HDF5 dataset, what was expected and what was found. Throws
/// ConfigError if an option is out of range or does not apply to this kind of actions.
template <class Actions = Matrix<float>, class Observations = Matrix<ScalarOf<Actions>>>
[[nodiscard]] Transitions<typename Observations::Scalar, Actions, Observations> read_d4rl(
    const std::string& path, const D4rlOptions& options = {}) {
  return detail::known_transitions(path, read_recording<Actions, Observations>(path, options));
}

/// Reads the scalar texts, numbers and bools below metadata/ as text, by their name there: "algorithm" → "SAC". Arrays,
/// such as the weights of a policy, are left out. Returns an empty map if the file has none.
///
/// Throws DataError if the file cannot be opened or read.
[[nodiscard]] inline std::map<std::string, std::string> read_metadata(const std::string& path) {
  const std::string group = "metadata/";
  const hdf5::Reader file(path);
  std::map<std::string, std::string> metadata;
  for (const std::string& name : file.names())
    if (name.starts_with(group))
      if (auto text = file.read_as_text(name)) metadata.emplace(name.substr(group.size()), *std::move(text));
  return metadata;
}

/// Writes a D4RL file, gzip-compressed, in the precision of Scalar, with each entry of `metadata` as the text
/// `metadata/<key>`. An existing file is replaced only after the new one is complete. Reading the file returns
/// bit-identical numbers.
///
/// Actions of a finite action set are written as int64 N, and their count as the number metadata/action_count. Entries
/// of `metadata` that could contradict the data are skipped: action_count, and for a finite action set state_count,
/// because observations are no longer written as state numbers. Sparse observations are written as a group in SciPy's
/// CSR format (hdf5/sparse.hpp); they are supported only with a finite action set.
///
/// The computed columns returns_to_go and next_actions are not written.
///
/// Throws DataError if the dataset is not valid or the file cannot be written.
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
