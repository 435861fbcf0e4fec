/// \file
/// Encodes the states of a finite state set as one-hot observations: state i is the i-th unit vector.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

/// Returns the one-hot encoding of `states` (1×N, each in [0, S), S = `count`): S×N, with a one at row `states(n)` of
/// column n. Throws DataError, naming the row, if a state is out of range, and ConfigError if `count` is not positive.
template <class Scalar>
[[nodiscard]] Matrix<Scalar> one_hot(const ActionIndices& states, Index count) {
  require(count > 0, "one_hot count", "positive", count);
  detail::check_numbers("states", states, count);
  Matrix<Scalar> columns = Matrix<Scalar>::Zero(count, states.size());
  for (Index column = 0; column < states.size(); ++column) columns(states(column), column) = 1;
  return columns;
}

/// Returns the same as one_hot as a sparse matrix. `count` must be below 2³¹.
template <class Scalar>
[[nodiscard]] SparseMatrix<Scalar> sparse_one_hot(const ActionIndices& states, Index count) {
  require(count > 0 && count <= std::numeric_limits<int>::max(), "one_hot count", "positive, below 2147483648", count);
  detail::check_numbers("states", states, count);
  SparseMatrix<Scalar> columns(count, states.size());
  columns.reserve(states.size());
  for (Index column = 0; column < states.size(); ++column) {
    columns.startVec(column);
    columns.insertBack(states(column), column) = 1;
  }
  columns.finalize();
  return columns;
}

/// Returns the state that a column, dense or sparse, encodes. Returns nothing if the column is not exactly one-hot.
template <class Derived>
[[nodiscard]] std::optional<Index> one_hot_state(const Eigen::EigenBase<Derived>& observation) {
  std::optional<Index> found;
  for (Eigen::InnerIterator<Derived> entry(observation.derived(), 0); entry; ++entry) {
    if (entry.value() == 0) continue;
    if (entry.value() != 1 || found) return std::nullopt;
    found = entry.row();
  }
  return found;
}

/// Returns whether every column, dense or sparse, is one-hot and so encodes a state.
template <class Observations>
[[nodiscard]] bool is_one_hot(const Observations& observations) {
  for (Index column = 0; column < observations.cols(); ++column)
    if (!one_hot_state(observations.col(column))) return false;
  return true;
}

namespace detail {

/// Describes the non-zero numbers of an observation that is not one-hot, briefly even if there are many states.
template <class Derived>
std::string non_zeros_text(const Eigen::EigenBase<Derived>& observation) {
  Index count = 0;
  double sum = 0;
  for (Eigen::InnerIterator<Derived> entry(observation.derived(), 0); entry; ++entry) {
    count += entry.value() != 0;
    sum += static_cast<double>(entry.value());
  }
  return message(count, " non-zero numbers of sum ", sum);
}

}  // namespace detail
}  // namespace holdfast
