/// \file
/// Defines the matrix types that all parts of the library use.
///
/// A batch is column-major with **one column per sample**: observations are O×B, actions A×B. A quantity with one
/// number per sample (reward, continuation, value, log-probability) is a 1×B row. The scalar is a template parameter:
/// float for training, double for gradient checks.
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

/// One number per sample, 1×B. It is an array, so arithmetic is coefficient-wise.
template <class Scalar>
using Row = Eigen::Array<Scalar, 1, Eigen::Dynamic>;

/// One flag per sample, 1×B, stored as 0 or 1.
using Flags = Eigen::Array<unsigned char, 1, Eigen::Dynamic>;

/// One action of a finite action set per sample, 1×B, each as its number from 0. (Continuous actions are a Matrix,
/// A×B.) All A actions are available in every state; learners do not support unavailable actions.
using ActionIndices = Eigen::Matrix<Index, 1, Eigen::Dynamic>;

/// A batch of actions from a finite action set, such as ActionIndices. Gradients with respect to them do not exist;
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

/// The default floating-point type for a type of actions: the scalar of a Matrix, and float for ActionIndices.
template <class Actions>
using ScalarOf = typename detail::ScalarOfActions<Actions>::type;

/// Calls `visit.template operator()<Actions>()` and returns its result. Actions is ActionIndices if the actions are
/// `finite`, and Matrix<Scalar> otherwise. For programs that learn the kind of actions at run time.
template <class Scalar = float, class Visit>
decltype(auto) with_actions(bool finite, Visit&& visit) {
  if (finite) return visit.template operator()<ActionIndices>();
  return visit.template operator()<Matrix<Scalar>>();
}

/// The sizes that a learner's parts are built for.
struct Sizes {
  Index observation = 0;  ///< features of an observation
  Index action = 0;       ///< features of a continuous action, or the number of actions of a finite action set
};

}  // namespace holdfast
