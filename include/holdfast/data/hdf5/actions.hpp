/// \file
/// Reads the actions of a D4RL file: continuous actions, or numbers of a finite action set. Needs the HDF5 C library.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/action_kind.hpp"
#include "holdfast/data/action_limit.hpp"
#include "holdfast/data/hdf5/handle.hpp"
#include "holdfast/data/hdf5/numbers.hpp"
#include "holdfast/data/hdf5/reader.hpp"
#include "holdfast/data/hdf5/recording.hpp"

namespace holdfast {

namespace detail {

/// Throws DataError if an action lies outside ±limit.
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

/// Throws DataError if the actions are one column N; continuous actions must be N×A.
inline void refuse_column_of_actions(const hdf5::Reader& file) {
  if (!file.contains("actions")) return;
  if (const auto shape = file.info("actions").shape; shape.size() == 1)
    file.fail("actions", message("expected the shape rows×features, found ", shape[0],
                                 "; store a continuous action of one feature as ", shape[0],
                                 "×1, and the numbers of a finite set as integers, or say how many actions there are: "
                                 "action_count"));
}

/// Reads the actions, and sets `count` to the number of actions in the set.
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

}  // namespace detail

/// Returns whether the actions of a file are numbers of a finite action set. They are if `action_count`, the reader's
/// option, is positive. Otherwise they must be a single column, and one of these must hold: the file has
/// metadata/action_count; the column is N integers or bools; the column is N×1 integers or bools, none of them
/// negative. Throws DataError if the file cannot be read or has no actions.
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

}  // namespace holdfast
