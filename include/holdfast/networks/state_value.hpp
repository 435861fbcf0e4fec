/// \file
/// Provides state-value functions V(s): an MLP or a table.
#pragma once

#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/table.hpp"

namespace holdfast {

/// A state-value function V(s) = function(s), one output. Satisfies IsVNetwork.
template <class Function>
class StateValue {
  static_assert(check_parametric_function<Function>());

 public:
  using Scalar = typename Function::Scalar;
  using Config = typename Function::Config;

  /// Holds the results of `values` for the derivative.
  struct Tape {
    typename Function::Tape function;
    Row<Scalar> values;      ///< 1×B
    Matrix<Scalar> adjoint;  ///< 1×B
  };

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  StateValue(const Config& config, Sizes sizes, Generator& generator)
      : function_(sizes.observation, 1, config), parameters_(function_.parameter_count()) {
    function_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }

  /// Returns V(s), 1×B, for observations O×B. The result is stored in the tape and valid until its next use.
  const Row<Scalar>& values(const Matrix<Scalar>& observations, Tape& tape) const {
    tape.values = function_.forward(parameters_.data(), observations, tape.function).row(0).array();
    return tape.values;
  }

  /// Computes gradient += Σ adjoint · ∂V/∂parameters, at the observations of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Row<Scalar>& adjoint,
                Vector<Scalar>& gradient) const {
    tape.adjoint = adjoint.matrix();
    function_.backward(parameters_.data(), observations, tape.function, tape.adjoint, gradient.data());
  }

 private:
  Function function_;
  Vector<Scalar> parameters_;
};

/// A multi-layer perceptron as the state-value function.
template <class Scalar = float>
using MlpV = StateValue<Mlp<Scalar>>;

/// A table for one-hot states; for other features, a linear function.
template <class Scalar = float>
using TabularV = StateValue<Table<Scalar>>;

}  // namespace holdfast
