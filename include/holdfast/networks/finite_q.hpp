/// \file
/// Provides Q-networks for a finite action set, with one output per action.
#pragma once

#include "holdfast/networks/action_size.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/table.hpp"

namespace holdfast {

/// A Q-network with Q(s, a) = output a of a function of s alone (Mnih et al. 2015, "DQN"), so that one evaluation gives
/// the values of all actions. Satisfies IsQNetwork; an Ensemble turns it into critics.
template <class Function>
class FiniteQ {
  static_assert(check_parametric_function<Function>());

 public:
  using Scalar = typename Function::Scalar;
  using Actions = ActionIndices;
  using Config = typename Function::Config;

  /// Holds the results of `values` for the derivative.
  struct Tape {
    typename Function::Tape function;
    Row<Scalar> values;      ///< 1×KB
    Matrix<Scalar> adjoint;  ///< A×B
  };

  /// Creates a function from `sizes.observation` features to `sizes.action` actions and draws its parameters. Throws
  /// ConfigError if the configuration is not valid.
  FiniteQ(const Config& config, Sizes sizes, Generator& generator)
      : function_(sizes.observation, sizes.action, config), parameters_(function_.parameter_count()) {
    function_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] const Config& config() const { return function_.config(); }
  [[nodiscard]] Index observation_size() const { return function_.inputs(); }
  /// Returns A, the number of actions.
  [[nodiscard]] Index action_size() const { return function_.outputs(); }

  /// Returns Q(s_b, a_bk), 1×KB, for observations O×B and actions 1×KB (column b·K + k belongs to state b). The actions
  /// must be in [0, A); this is not checked. Throws DataError if the number of actions is not a positive multiple of
  /// the number of observations.
  const Row<Scalar>& values(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    const Matrix<Scalar>& all = function_.forward(parameters_.data(), observations, tape.function);
    const Index per_state = actions_per_state(actions.size(), observations.cols());
    tape.values.resize(actions.size());
    for (Index i = 0, state = 0; state < observations.cols(); ++state)
      for (Index k = 0; k < per_state; ++k, ++i) tape.values(i) = all(actions(i), state);
    return tape.values;
  }

  /// Computes gradient += Σ adjoint · ∂Q/∂parameters, at the inputs of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape, const Row<Scalar>& adjoint,
                Vector<Scalar>& gradient) const {
    const Index per_state = actions.size() / observations.cols();
    tape.adjoint.setZero(action_size(), observations.cols());
    for (Index i = 0, state = 0; state < observations.cols(); ++state)
      for (Index k = 0; k < per_state; ++k, ++i) tape.adjoint(actions(i), state) += adjoint(i);
    function_.backward(parameters_.data(), observations, tape.function, tape.adjoint, gradient.data());
  }

 private:
  Function function_;
  Vector<Scalar> parameters_;
};

/// A multi-layer perceptron with one output per action.
template <class Scalar = float>
using MlpFiniteQ = FiniteQ<Mlp<Scalar>>;

/// A table for one-hot states; for other features, a linear function.
template <class Scalar = float>
using TabularQ = FiniteQ<Table<Scalar>>;

}  // namespace holdfast
