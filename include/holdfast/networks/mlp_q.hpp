/// \file
/// Provides a Q-network Q(s, a) that is an MLP over the stacked observation and action.
#pragma once

#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// A Q-network with Q(s, a) = MLP([s; a]), one output. Satisfies IsQNetwork; an Ensemble turns it into critics.
template <class ScalarType = float>
class MlpQ {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  using Config = MlpConfig;

  /// Holds the results of `values` for the derivatives.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Row<Scalar> values;      ///< 1×KB
    Matrix<Scalar> adjoint;  ///< 1×KB
  };

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  MlpQ(const MlpConfig& config, Sizes sizes, Generator& generator)
      : network_(sizes.observation, sizes.action, 1, config), parameters_(network_.parameter_count()) {
    network_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] const MlpConfig& config() const { return network_.config(); }

  /// Returns Q(s_b, a_bk), 1×KB, for observations O×B and actions A×KB (column b·K + k belongs to state b).
  const Row<Scalar>& values(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    tape.values = network_.forward(parameters_.data(), observations, actions, tape.network).row(0).array();
    return tape.values;
  }

  /// Computes gradient += Σ adjoint · ∂Q/∂parameters, at the inputs of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape, const Row<Scalar>& adjoint,
                Vector<Scalar>& gradient) const {
    tape.adjoint = adjoint.matrix();
    network_.backward(parameters_.data(), observations, actions, tape.network, tape.adjoint, gradient.data());
  }

  /// Sets out = adjoint · ∂Q/∂a (A×KB), at the inputs of the tape's `values`.
  void action_gradient(const Matrix<Scalar>&, const Actions&, Tape& tape, const Row<Scalar>& adjoint,
                       Actions& out) const {
    tape.adjoint = adjoint.matrix();
    network_.own_gradient(parameters_.data(), tape.network, tape.adjoint, out);
  }

  /// Computes gradient += Σ direction · ∂(adjoint · ∂Q/∂a)/∂parameters with a constant direction (A×KB), for the inputs
  /// and the adjoint of the tape's last `action_gradient`. Throws ConfigError if layers are normalized, or their
  /// activation is mish or gelu.
  void action_gradient_backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape,
                                const Row<Scalar>&, const Actions& direction, Vector<Scalar>& gradient) const {
    network_.own_gradient_backward(parameters_.data(), observations, actions, tape.network, direction, gradient.data());
  }

  /// Throws ConfigError unless `action_gradient_backward` can differentiate this network.
  void check_twice_differentiable() const {
    if (config().normalization != LayerNormalization::none)
      throw ConfigError(message("critics.network.normalization must be none, but is ",
                                format_field(config().normalization),
                                ": gradients of normalized layers are not differentiated again"));
    if (curve_of(config().activation))
      throw ConfigError(message("critics.network.activation must be identity, relu or tanh, but is ",
                                format_field(config().activation),
                                ": gradients of mish and gelu are not differentiated again"));
  }

 private:
  Mlp<Scalar> network_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
