/// \file
/// The matrix types every part of the library speaks.
///
/// A batch is column-major with **one column per sample**: observations O×B, actions A×B; what is one number per
/// sample (reward, continuation, value, log-probability) is a 1×B row. The scalar is a template parameter: float to
/// train, double to check gradients.
#pragma once

#include <Eigen/Core>
#include <concepts>
#include <type_traits>

namespace holdfast {

using Index = Eigen::Index;

/// A dense matrix, features × batch.
template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// A column vector: one sample's features, or a flat parameter vector.
template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// One number per sample, 1×B. An array, so that arithmetic is by coefficient.
template <class Scalar>
using Row = Eigen::Array<Scalar, 1, Eigen::Dynamic>;

/// One flag per sample, 1×B, stored as 0 or 1.
using Flags = Eigen::Array<unsigned char, 1, Eigen::Dynamic>;

/// One action of a finite set per sample, 1×B: its number, from 0. Continuous actions are a Matrix, A×B. All A actions
/// of a set are there in every state: learners know of no action that is not available.
using ActionIndices = Eigen::Matrix<Index, 1, Eigen::Dynamic>;

/// A batch of actions of a finite set, as ActionIndices are. There are no gradients with respect to such actions;
/// expectations over them are exact sums.
template <class Actions>
concept FiniteActions = std::integral<typename Actions::Scalar>;

namespace detail {
template <class Actions>
struct ScalarOfActions {
  static_assert(
      requires { typename Actions::Scalar; },
      "holdfast: name the actions, Matrix<float> or ActionIndices, and not their floating-point type");
  using type = float;
};
template <class Actions>
requires requires { typename Actions::Scalar; }
struct ScalarOfActions<Actions> {
  using type = std::conditional_t<FiniteActions<Actions>, float, typename Actions::Scalar>;
};
}  // namespace detail

/// The floating-point type that goes with such actions where no other is asked for: that of a Matrix; float with the
/// numbers of a finite set, which have none.
template <class Actions>
using ScalarOf = typename detail::ScalarOfActions<Actions>::type;

/// Calls visit.template operator()<Actions>() with ActionIndices where the actions are `finite`, else with
/// Matrix<Scalar>, and returns what it returns: for programs that learn only from a file, or from a name, which it is.
template <class Scalar = float, class Visit>
decltype(auto) with_actions(bool finite, Visit&& visit) {
  if (finite) return visit.template operator()<ActionIndices>();
  return visit.template operator()<Matrix<Scalar>>();
}

/// The sizes a learner's parts are built for.
struct Sizes {
  Index observation = 0;  ///< rows of an observation
  Index action = 0;       ///< rows of a continuous action; of a finite set, the number of actions
};

}  // namespace holdfast
