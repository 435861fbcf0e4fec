/// \file
/// Applies any activation function, and its derivative, to many numbers.
#pragma once

#include "holdfast/core/types.hpp"
#include "holdfast/kernels/activation.hpp"
#include "holdfast/networks/mlp_layers.hpp"

namespace holdfast {

/// Sets out_i = φ(in_i) for `count` numbers.
template <class Scalar>
void apply_activation(Activation activation, const Scalar* in, Scalar* out, Index count) {
  if (const auto curve = curve_of(activation)) return kernels::activate<Scalar>(*curve, in, out, count);
  const Eigen::Map<const Row<Scalar>> x(in, count);
  Eigen::Map<Row<Scalar>> y(out, count);
  if (activation == Activation::relu)
    y = Scalar{0.5} * (x + x.abs());  // keeps NaN
  else if (activation == Activation::tanh)
    y = x.tanh();
  else
    y = x;
}

/// Sets adjoint_i ← adjoint_i φ′(in_i) for `count` numbers.
template <class Scalar>
void multiply_by_slope(Activation activation, const Scalar* in, Scalar* adjoint, Index count) {
  if (const auto curve = curve_of(activation)) return kernels::multiply_by_slope<Scalar>(*curve, in, adjoint, count);
  const Eigen::Map<const Row<Scalar>> x(in, count);
  Eigen::Map<Row<Scalar>> slope(adjoint, count);
  if (activation == Activation::relu)
    slope = (x > 0).select(slope, Scalar{0});
  else if (activation == Activation::tanh)
    slope *= 1 - x.tanh().square();
}

}  // namespace holdfast
