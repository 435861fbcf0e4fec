/// \file
/// Detects numbers of a finite action set that are stored as if they were continuous actions.
#pragma once

#include <cmath>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace detail {

/// Returns the number of actions if the actions have one feature that holds only whole numbers from 0 to at most 1000,
/// with more than one value; otherwise 0.
template <class Scalar>
Index numbered_actions(const Matrix<Scalar>& actions) {
  constexpr Scalar most = 1000;
  if (actions.rows() != 1 || actions.cols() == 0) return 0;
  const auto numbers = actions.row(0).array();
  const bool whole = (numbers >= 0 && numbers <= most && numbers == numbers.floor()).all();
  return whole && (numbers != numbers(0)).any() ? static_cast<Index>(numbers.maxCoeff()) + 1 : 0;
}

/// Returns whether every action is one-hot and not all are the same.
template <class Scalar>
bool one_hot_actions(const Matrix<Scalar>& actions) {
  if (actions.rows() < 2 || actions.cols() == 0) return false;
  const bool flags = (actions.array() == 0 || actions.array() == 1).all();
  const bool single = flags && (actions.colwise().sum().array() == 1).all();
  return single && (actions.colwise() - actions.col(0)).any();
}

}  // namespace detail

/// Returns a one-line warning, with a remedy, if continuous actions (A×N) look like those of a finite action set;
/// otherwise an empty text. A continuous action that is only ever switched on and off looks like that too.
template <class Scalar>
[[nodiscard]] std::string suspect_finite_actions(const Matrix<Scalar>& actions) {
  if (const Index count = detail::numbered_actions(actions); count > 0)
    return message("actions: whole numbers from 0 to ", count - 1,
                   " look like those of a finite set, but are read as one continuous feature; if they are numbers, ",
                   "store them as integers, or say how many actions there are: action_count ", count);
  if (detail::one_hot_actions(actions))
    return message("actions: one-hot rows look like those of a finite set, but are read as ", actions.rows(),
                   " continuous features; if they are, store the number of each action, an integer from 0 to ",
                   actions.rows() - 1);
  return "";
}

}  // namespace holdfast
