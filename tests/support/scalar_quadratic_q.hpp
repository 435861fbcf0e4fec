/// \file
/// A Q-network of one observation and one action feature, quadratic in both and linear in its parameters.
#pragma once

#include <utility>

#include "holdfast/core/types.hpp"

namespace holdfast::testing {

/// Q(s, a) = θ · [1, s, a, s², s a, a²], where s is the first observation feature and a is the only action feature.
/// There are K actions per state. The parameters θ are given; nothing is drawn.
class ScalarQuadraticQ {
 public:
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {
    Matrix<double> features;  ///< 6×KB
    Row<double> values;
  };

  explicit ScalarQuadraticQ(Vector<double> parameters = Vector<double>::Zero(6)) : parameters_(std::move(parameters)) {}

  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }

  const Row<double>& values(const Matrix<double>& observations, const Actions& actions, Tape& tape) const {
    const Index per_state = actions.cols() / observations.cols();
    tape.features.resize(6, actions.cols());
    for (Index i = 0; i < actions.cols(); ++i) {
      const double s = observations(0, i / per_state);
      const double a = actions(0, i);
      tape.features.col(i) << 1, s, a, s * s, s * a, a * a;
    }
    tape.values = (parameters_.transpose() * tape.features).array();
    return tape.values;
  }

  void backward(const Matrix<double>&, const Actions&, Tape& tape, const Row<double>& adjoint,
                Vector<double>& gradient) const {
    gradient += tape.features * adjoint.matrix().transpose();
  }

  void action_gradient(const Matrix<double>&, const Actions&, Tape& tape, const Row<double>& adjoint,
                       Actions& out) const {
    out = adjoint * (parameters_(2) + parameters_(4) * tape.features.row(1).array() +
                     2 * parameters_(5) * tape.features.row(2).array());
  }

 private:
  Vector<double> parameters_;
};

}  // namespace holdfast::testing
