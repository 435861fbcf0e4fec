/// \file
/// A state-value network V(s) that is an MLP.
#pragma once

#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// V(s) = MLP(s), one output. Satisfies VNetwork.
template <class ScalarType = float>
class MlpV {
 public:
  using Scalar = ScalarType;
  using Config = MlpConfig;

  /// What `values` leaves for the derivative.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Row<Scalar> values;      ///< 1×B
    Matrix<Scalar> adjoint;  ///< 1×B
  };

  /// Draws the parameters from `generator`. Throws ConfigError.
  MlpV(const MlpConfig& config, Sizes sizes, Generator& generator)
      : network_(sizes.observation, 0, 1, config), parameters_(network_.parameter_count()) {
    network_.initialise(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }

  /// V(s), 1×B, for observations O×B. Lives in the tape until its next use.
  const Row<Scalar>& values(const Matrix<Scalar>& observations, Tape& tape) const {
    tape.values = network_.forward(parameters_.data(), observations, tape.network).row(0).array();
    return tape.values;
  }

  /// gradient += Σ adjoint · ∂V/∂parameters, at the observations of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Row<Scalar>& adjoint,
                Vector<Scalar>& gradient) const {
    tape.adjoint = adjoint.matrix();
    network_.backward(parameters_.data(), observations, tape.network, tape.adjoint, gradient.data());
  }

 private:
  Mlp<Scalar> network_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
