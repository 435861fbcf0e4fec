/// \file
/// The numbers of a finite set of states as observations: the i-th state is the i-th unit vector.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

/// Column n (S×N, S = `count`) is one at the state `states(n)` (1×N, in [0, S)) and zero elsewhere. Throws DataError,
/// naming the row, where a state is out of range, ConfigError where `count` is not positive.
template <class Scalar>
[[nodiscard]] Matrix<Scalar> one_hot(const ActionIndices& states, Index count) {
  require(count > 0, "one_hot count", "positive", count);
  detail::check_numbers("states", states, count);
  Matrix<Scalar> columns = Matrix<Scalar>::Zero(count, states.size());
  for (Index column = 0; column < states.size(); ++column) columns(states(column), column) = 1;
  return columns;
}

/// As one_hot, sparse; `count` is below 2³¹.
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

/// The state whose one-hot vector this is, a column, dense or sparse; none if it is not one, to the last bit.
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

/// Whether every column, dense or sparse, is one-hot: the number of a state.
template <class Observations>
[[nodiscard]] bool is_one_hot(const Observations& observations) {
  for (Index column = 0; column < observations.cols(); ++column)
    if (!one_hot_state(observations.col(column))) return false;
  return true;
}

namespace detail {

/// What is in an observation that is not one-hot, in few words however many states there are.
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
