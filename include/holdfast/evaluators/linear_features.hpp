/// \file
/// Features that a Q can be linear in: of an observation and an action, and their expectations over a policy's actions.
#pragma once

#include <concepts>

#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

namespace requirements {

template <class F>
concept counts_features = requires(Sizes sizes) {
  { F::size(sizes) } -> std::convertible_to<Index>;
};
template <class F, class Actions>
concept gives_features = requires {  // function pointers, because a call would convert one kind of actions to the other
  static_cast<void (*)(const Matrix<double>&, const Actions&, Matrix<double>&)>(&F::features);
};
template <class F, class Actions>
concept expects_features = requires(const Matrix<double>& observations, const Proposal<double, Actions>& proposal,
                                    Matrix<double>& out) {
  F::expected(observations, proposal, out);
};

}  // namespace requirements

/// D features φ of observations and actions (ActionIndices, or Matrix<double>). `size` returns D; `features` gives
/// those of a batch, and `expected` their expectations over a batch of proposals. Both add to a matrix of zeros, D×B.
template <class F, class Actions>
concept IsLinearFeatures = requirements::counts_features<F> && requirements::gives_features<F, Actions> &&
    requirements::expects_features<F, Actions>;

/// Stops the compilation with one line for each member that type F lacks to be LinearFeatures of actions of type
/// Actions.
template <class F, class Actions>
consteval bool check_linear_features() {
  static_assert(requirements::counts_features<F>,
                "holdfast: LinearFeatures must have static Index size(Sizes), how many there are");
  static_assert(requirements::gives_features<F, Actions>,
                "holdfast: LinearFeatures must have static void features(const Matrix<double>& observations, const "
                "Actions&, Matrix<double>& out), of the dataset's kind of actions: ActionIndices or Matrix<double>");
  static_assert(requirements::expects_features<F, Actions>,
                "holdfast: LinearFeatures must have static void expected(const Matrix<double>& observations, const "
                "Proposal<Scalar, Actions>&, Matrix<double>& out), of the dataset's kind of actions");
  return true;
}

/// φ(s, a) for a finite action set: the observation in the block of its action, zero elsewhere. For one-hot
/// observations a function of these features is a table. For other observations it is a linear function for each
/// action, without a constant term.
struct ActionBlocks {
  [[nodiscard]] static Index size(Sizes sizes) { return sizes.observation * sizes.action; }

  /// Adds φ of observations O×B and actions 1×B to `out`, D×B.
  static void features(const Matrix<double>& observations, const ActionIndices& actions, Matrix<double>& out) {
    for (Index i = 0; i < observations.cols(); ++i)
      out.col(i).segment(actions(i) * observations.rows(), observations.rows()) = observations.col(i);
  }
  /// Adds E_π[φ(s, ·)] over proposals to `out`, D×B.
  template <class Scalar>
  static void expected(const Matrix<double>& observations, const Proposal<Scalar, ActionIndices>& proposal,
                       Matrix<double>& out) {
    for (Index i = 0, k = 0; i < observations.cols(); ++i)
      for (Index j = 0; j < proposal.per_state; ++j, ++k)
        out.col(i).segment(proposal.actions(k) * observations.rows(), observations.rows()) +=
            static_cast<double>(proposal.weights(k)) * observations.col(i);
  }
};

/// ActionBlocks of (s, 1): for each action, a linear function of the observation with a constant term. Not for one-hot
/// observations, which already contain the constant.
struct AffineActionBlocks {
  [[nodiscard]] static Index size(Sizes sizes) { return (sizes.observation + 1) * sizes.action; }

  /// Adds φ of observations O×B and actions 1×B to `out`, D×B.
  static void features(const Matrix<double>& observations, const ActionIndices& actions, Matrix<double>& out) {
    ActionBlocks::features(detail::with_constant(observations), actions, out);
  }
  /// Adds E_π[φ(s, ·)] over proposals to `out`, D×B.
  template <class Scalar>
  static void expected(const Matrix<double>& observations, const Proposal<Scalar, ActionIndices>& proposal,
                       Matrix<double>& out) {
    ActionBlocks::expected(detail::with_constant(observations), proposal, out);
  }
};

/// φ(s, a) for continuous actions: 1, every feature of z = (s, a), and every product of two of them. The Q of a linear
/// system with quadratic rewards is linear in these.
struct QuadraticFeatures {
  [[nodiscard]] static Index size(Sizes sizes) {
    const Index z = sizes.observation + sizes.action;
    return 1 + z + z * (z + 1) / 2;
  }

  /// Adds φ of observations O×B and actions A×B to `out`, D×B.
  static void features(const Matrix<double>& observations, const Matrix<double>& actions, Matrix<double>& out) {
    Vector<double> z;
    for (Index i = 0; i < observations.cols(); ++i) add(observations.col(i), actions.col(i), 1, out.col(i), z);
  }
  /// Adds E_π[φ(s, ·)] over proposals to `out`, D×B.
  template <class Scalar>
  static void expected(const Matrix<double>& observations, const Proposal<Scalar>& proposal, Matrix<double>& out) {
    const Matrix<double> actions = proposal.actions.template cast<double>();
    Vector<double> z;
    for (Index i = 0, k = 0; i < observations.cols(); ++i)
      for (Index j = 0; j < proposal.per_state; ++j, ++k)
        add(observations.col(i), actions.col(k), static_cast<double>(proposal.weights(k)), out.col(i), z);
  }

 private:
  // `z` is scratch memory for (1, s, a).
  template <class Observation, class Action>
  static void add(const Observation& observation, const Action& action, double weight, Eigen::Ref<Vector<double>> out,
                  Vector<double>& z) {
    z.resize(1 + observation.size() + action.size());
    z << 1, observation, action;
    Index row = 0;
    for (Index i = 0; i < z.size(); ++i)
      for (Index j = i; j < z.size(); ++j) out[row++] += weight * z[i] * z[j];
  }
};

}  // namespace holdfast
