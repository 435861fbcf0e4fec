/// \file
/// A Q-network as a user would write it: quadratic in state and action, linear in its parameters.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::testing {

/// Q(s, a) = xᵀ M x with x = [1; s; a]; the parameters are M, column-major. K actions per state.
class QuadraticQ {
 public:
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {
    Row<double> values;
  };

  QuadraticQ(Sizes sizes, Generator& generator)
      : size_(1 + sizes.observation + sizes.action), parameters_(size_ * size_) {
    generator.fill_normal(parameters_);
  }

  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }

  const Row<double>& values(const Matrix<double>& observations, const Actions& actions, Tape& tape) const {
    tape.values.resize(actions.cols());
    for (Index i = 0; i < actions.cols(); ++i) {
      const Vector<double> x = input(observations, actions, i);
      tape.values(i) = x.dot(matrix() * x);
    }
    return tape.values;
  }

  void backward(const Matrix<double>& observations, const Actions& actions, Tape&, const Row<double>& adjoint,
                Vector<double>& gradient) const {
    for (Index i = 0; i < actions.cols(); ++i) {
      const Vector<double> x = input(observations, actions, i);
      Eigen::Map<Matrix<double>>(gradient.data(), size_, size_) += adjoint(i) * x * x.transpose();
    }
  }

  void action_gradient(const Matrix<double>& observations, const Actions& actions, Tape&, const Row<double>& adjoint,
                       Actions& out) const {
    out.resize(actions.rows(), actions.cols());
    for (Index i = 0; i < actions.cols(); ++i) {
      const Vector<double> x = input(observations, actions, i);
      const Vector<double> slope = adjoint(i) * (matrix() * x + matrix().transpose() * x);
      out.col(i) = slope.tail(actions.rows());
    }
  }

  // Along the direction d, with e = [0; 0; d]: ∂(eᵀ (M + Mᵀ) x)/∂M = e xᵀ + x eᵀ.
  void action_gradient_backward(const Matrix<double>& observations, const Actions& actions, Tape&,
                                const Row<double>& adjoint, const Actions& direction, Vector<double>& gradient) const {
    for (Index i = 0; i < actions.cols(); ++i) {
      const Vector<double> x = input(observations, actions, i);
      Vector<double> along = Vector<double>::Zero(size_);
      along.tail(actions.rows()) = adjoint(i) * direction.col(i);
      Eigen::Map<Matrix<double>>(gradient.data(), size_, size_) += along * x.transpose() + x * along.transpose();
    }
  }

 private:
  [[nodiscard]] Eigen::Map<const Matrix<double>> matrix() const { return {parameters_.data(), size_, size_}; }

  [[nodiscard]] Vector<double> input(const Matrix<double>& observations, const Actions& actions, Index i) const {
    Vector<double> x(size_);
    x << 1, observations.col(i / (actions.cols() / observations.cols())), actions.col(i);
    return x;
  }

  Index size_;
  Vector<double> parameters_;
};

}  // namespace holdfast::testing
