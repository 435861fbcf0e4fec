/// \file
/// Datasets in D4RL's HDF5 layout (Fu et al., "D4RL: Datasets for deep data-driven reinforcement learning", 2020).
/// Needs the HDF5 C library; nothing else in the library includes this.
///
/// One row per transition: observations N×O, actions N×A, rewards, terminals and, where they exist, timeouts,
/// next_observations, infos/action_log_probs and metadata/….
///
/// Actions of a finite set are one column of whole numbers from 0, N or N×1, in any numeric type;
/// metadata/action_count, a number, says how many actions there are. Beside them observations, and next_observations
/// where they exist, are each one of
///   - a matrix N×O;
///   - one column N of whole numbers, those of a finite set of states as Gymnasium's Discrete spaces have them, which
///     become one-hot; metadata/state_count, a number, says how many states there are;
///   - a group of `data`, `indices`, `indptr` and `shape`, a sparse N×O as SciPy's csr_matrix (hdf5/sparse.hpp).
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

/// Reads observations and actions, into a recording that says whether the file has next_observations.
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

/// Reads every row of a D4RL file, for what is asked of the recording itself, such as the return of its episodes; to
/// learn from it, see read_d4rl, which this reads and throws like. Where the file has no next_observations, that of a
/// terminal, a timeout and the last row is its own observation.
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

/// Reads a D4RL file: of continuous actions, `read_d4rl(path)` as float and `read_d4rl<Matrix<double>>(path)` as
/// double; of a finite set of actions, `read_d4rl<ActionIndices>(path)`, with other observations than Matrix<float> as
/// `read_d4rl<ActionIndices, SparseMatrix<float>>(path)`, whichever of the three forms the file has. Numbers may be of
/// any precision, columns N or N×1, flags bool, integers or floating-point.
///
/// Where the file has next_observations every row is kept. Where it has not, the next observation is the following
/// row's, so what has no known successor is dropped (Recording::transitions). A terminal's next observation, never
/// used, is its own observation. Unlike d4rl's qlearning_dataset this uses next_observations and keeps terminals that
/// are also timeouts, or last.
///
/// Throws DataError, one line naming the file, the dataset, what was expected and what was found; ConfigError where an
/// option is out of range, or is of the other kind of actions.
template <class Actions = Matrix<float>, class Observations = Matrix<ScalarOf<Actions>>>
[[nodiscard]] Transitions<typename Observations::Scalar, Actions, Observations> read_d4rl(
    const std::string& path, const D4rlOptions& options = {}) {
  return detail::known_transitions(path, read_recording<Actions, Observations>(path, options));
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
/// Columns that are computed, returns_to_go and next_actions, are not written.
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
