/// \file
/// Datasets with a finite set of actions in D4RL's layout (hdf5.hpp). Needs the HDF5 C library.
///
/// Actions are one column of whole numbers from 0, N or N×1, in any numeric type; metadata/action_count, a number, says
/// how many actions there are. Observations, and next_observations where they exist, are each one of
///   - a matrix N×O;
///   - one column N of whole numbers, those of a finite set of states as Gymnasium's Discrete spaces have them, which
///     become one-hot; metadata/state_count, a number, says how many states there are;
///   - a group of `data`, `indices`, `indptr` and `shape`, a sparse N×O as SciPy's csr_matrix (hdf5/sparse.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/one_hot.hpp"

namespace holdfast {

/// How to read a D4RL file of finite actions.
struct FiniteD4rlOptions {
  /// The largest set there may be: SparseMatrix numbers its rows with an int.
  static constexpr Index most = std::numeric_limits<int>::max();

  /// Steps after which an episode was cut short; 0 = never. Used only where the file has neither timeouts nor
  /// next_observations.
  Index max_episode_steps = 0;
  /// A, how many actions there are; 0 = as metadata/action_count says, or where it is absent the highest in the file
  /// + 1.
  Index action_count = 0;
  /// How many states there are, where observations are their numbers; 0 = as metadata/state_count says, or where it is
  /// absent the highest in the file + 1. With it, or with state_count in the file, a column N×1 holds numbers too.
  Index state_count = 0;

  /// Throws ConfigError.
  void validate() const {
    require(max_episode_steps >= 0, "max_episode_steps", "zero or positive", max_episode_steps);
    require(action_count >= 0 && action_count <= most, "action_count", "from 0 to 2147483647", action_count);
    require(state_count >= 0 && state_count <= most, "state_count", "from 0 to 2147483647", state_count);
  }
};

namespace detail {

/// Whether the dataset is one column: N, or N×1.
inline bool is_column(const hdf5::Reader& file, const std::string& name) {
  const auto shape = file.info(name).shape;
  return shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
}

/// A column of whole numbers from 0, in any numeric type, as 1×N; each below FiniteD4rlOptions::most. `otherwise` says
/// what to do where they are none.
inline ActionIndices read_numbers(const hdf5::Reader& file, const std::string& name, const std::string& otherwise) {
  constexpr auto most = static_cast<double>(FiniteD4rlOptions::most);
  const Row<double> found = file.read_row<double>(name);
  for (Index row = 0; row < found.size(); ++row) {
    if (std::trunc(found(row)) != found(row) || std::isnan(found(row)))
      file.fail(name, message("expected whole numbers, found ", found(row), " in row ", row, "; ", otherwise));
    if (found(row) < 0 || found(row) >= most)
      file.fail(name, message("expected numbers from 0, below 2147483647, found ", found(row), " in row ", row));
  }
  return found.cast<Index>().matrix();
}

/// The highest number + 1; 0 where there is none.
inline Index count_of(const ActionIndices& numbers) { return numbers.size() == 0 ? 0 : numbers.maxCoeff() + 1; }

/// `asked` where it is positive, else the number `name` in the file, 0 where it is absent.
inline Index read_count(const hdf5::Reader& file, const std::string& name, Index asked) {
  if (asked > 0 || !file.contains(name)) return asked;
  const auto count = file.read_number<std::int64_t>(name);
  if (count < 1 || count > FiniteD4rlOptions::most)
    file.fail(name, message("expected a number from 1 to 2147483647, found ", count));
  return count;
}

/// The actions, and in `count` how many there are.
inline ActionIndices read_finite_actions(const hdf5::Reader& file, Index asked, Index& count) {
  if (file.contains("actions") && !is_column(file, "actions")) {
    const auto shape = file.info("actions").shape;
    file.fail("actions", message("expected the numbers of a finite set, rows or rows×1, found ",
                                 hdf5::detail::shape_text({shape.begin(), shape.end()}),
                                 "; continuous actions have no action_count"));
  }
  ActionIndices actions =
      read_numbers(file, "actions", "continuous actions are rows×features, floating-point, without action_count");
  count = read_count(file, "metadata/action_count", asked);
  if (count == 0) count = count_of(actions);
  return actions;
}

/// Reads observations of any of the three forms as Observations.
template <class Scalar, class Observations>
class ObservationReader {
 public:
  ObservationReader(const hdf5::Reader& file, Index asked)
      : file_(file), state_count_(read_count(file, "metadata/state_count", asked)), counted_(state_count_ > 0) {
    if (counted_) return;
    for (const char* name : {"observations", "next_observations"})
      if (file.contains(name) && holds_states(name)) state_count_ = std::max(state_count_, count_of(states(name)));
  }

  /// Throws DataError.
  [[nodiscard]] Observations read(const std::string& name) const {
    try {
      return convert(name);
    } catch (const std::bad_alloc&) {
      file_.fail(name, "does not fit into memory; read it sparse, as SparseFiniteTransitions");
    }
  }

 private:
  [[nodiscard]] bool holds_states(const std::string& name) const {
    if (hdf5::is_sparse(file_, name)) return false;
    return file_.info(name).shape.size() == 1 || (counted_ && is_column(file_, name));
  }
  [[nodiscard]] ActionIndices states(const std::string& name) const {
    return read_numbers(file_, name, "give features as a matrix, rows×features");
  }
  [[nodiscard]] Observations convert(const std::string& name) const {
    constexpr bool sparse = SparseObservations<Observations>;
    if (file_.contains(name) && holds_states(name)) return one_hot_states(name);
    if (hdf5::is_sparse(file_, name)) return Observations(hdf5::read_sparse<Scalar>(file_, name));
    if constexpr (sparse)
      return file_.read_matrix<Scalar>(name).sparseView();
    else
      return file_.read_matrix<Scalar>(name);
  }
  [[nodiscard]] Observations one_hot_states(const std::string& name) const {
    const ActionIndices numbers = states(name);
    for (Index row = 0; row < numbers.size(); ++row)
      if (numbers(row) >= state_count_)
        file_.fail(name, message("expected states from 0 to ", state_count_ - 1, ", found ", numbers(row), " in row ",
                                 row, "; correct it, or state_count"));
    if constexpr (SparseObservations<Observations>)
      return sparse_one_hot<Scalar>(numbers, std::max<Index>(1, state_count_));
    else
      return one_hot<Scalar>(numbers, std::max<Index>(1, state_count_));
  }

  const hdf5::Reader& file_;
  Index state_count_;
  bool counted_;  ///< whether the option or the file says how many states there are
};

}  // namespace detail

/// Whether the actions of the file are the numbers of a finite set: a column N of integers or bools, one N×1 of which
/// none is negative, or any column beside metadata/action_count; also where `action_count`, the reader's option, is
/// positive. Throws DataError where the file cannot be read or has no actions.
[[nodiscard]] inline bool has_finite_actions(const std::string& path, Index action_count = 0) {
  const hdf5::Reader file(path);
  detail::refuse_other_layouts(file);
  const auto [type, shape] = file.info("actions");
  if (action_count > 0) return true;
  if (!detail::is_column(file, "actions")) return false;
  if (file.contains("metadata/action_count")) return true;
  if (!type.starts_with("int") && !type.starts_with("uint") && type != "bool") return false;
  return shape.size() == 1 || (file.read_row<double>("actions") >= 0).all();
}

/// As read_recording, of finite actions; see read_finite_d4rl, which this reads and throws like.
template <class Scalar = float, class Observations = Matrix<Scalar>>
[[nodiscard]] Recording<Scalar, ActionIndices, Observations> read_finite_recording(
    const std::string& path, const FiniteD4rlOptions& options = {}) {
  options.validate();
  const hdf5::Reader file(path);
  detail::refuse_other_layouts(file);
  Recording<Scalar, ActionIndices, Observations> recording;
  auto& data = recording.rows;
  recording.has_next_observations = hdf5::is_sparse(file, "next_observations") || file.contains("next_observations");
  const detail::ObservationReader<Scalar, Observations> observations(file, options.state_count);
  data.observations = observations.read("observations");
  data.actions = detail::read_finite_actions(file, options.action_count, data.action_count);
  if (recording.has_next_observations) data.next_observations = observations.read("next_observations");
  detail::read_columns(file, options.max_episode_steps, recording);
  detail::complete(path, recording, [] {});
  return recording;
}

/// Reads a D4RL file of finite actions, as FiniteTransitions, or with SparseMatrix<Scalar> for Observations as
/// SparseFiniteTransitions; observations of every form are read as either. Which rows are kept, and what is thrown,
/// are as in read_d4rl.
template <class Scalar = float, class Observations = Matrix<Scalar>>
[[nodiscard]] Transitions<Scalar, ActionIndices, Observations> read_finite_d4rl(const std::string& path,
                                                                                const FiniteD4rlOptions& options = {}) {
  return detail::known_transitions(path, read_finite_recording<Scalar, Observations>(path, options));
}

}  // namespace holdfast
