/// \file
/// Provides layer normalization (Ba et al. 2016, "Layer normalization"): the forward and the reverse pass over columns.
#pragma once

#include <cmath>

#include "holdfast/networks/products.hpp"

namespace holdfast {

/// ε, added to the variance of a column: that of flax.
inline constexpr double layer_norm_epsilon = 1e-6;

/// Holds the layer normalization of one layer of width n, for the derivatives. If it is reused, it is allocated once.
template <class Scalar>
struct LayerNormTape {
  Matrix<Scalar> inputs;  ///< n×B, x
  Matrix<Scalar> normalized;  ///< n×B, x̂ = (x − μ) / √(σ² + ε), with the mean μ and the variance σ² of the column
  Row<Scalar> inverse;     ///< 1×B, 1 / √(σ² + ε)
  Matrix<Scalar> adjoint;  ///< n×B, ∂L/∂(scale x̂ + shift)

  /// Makes room for a layer of `width` units and `columns` samples.
  void resize(Index width, Index columns) {
    inputs.resize(width, columns);
    normalized.resize(width, columns);
    inverse.resize(columns);
    adjoint.resize(width, columns);
  }
};

/// Sets out = scale x̂ + shift for `count` columns of the tape's inputs, from column `begin` on. `out` (n×count) holds
/// these columns alone; `scale` and `shift` are n numbers each.
template <class Scalar>
void normalize_layer(LayerNormTape<Scalar>& tape, Index begin, Index count, const Scalar* scale, const Scalar* shift,
                     MutableMap<Scalar> out) {
  const Index width = tape.inputs.rows();
  const Eigen::Map<const Vector<Scalar>> scales(scale, width);
  const Eigen::Map<const Vector<Scalar>> shifts(shift, width);
  for (Index i = 0; i < count; ++i) {
    const auto x = tape.inputs.col(begin + i);
    auto normalized = tape.normalized.col(begin + i);
    normalized = x.array() - x.mean();
    const Scalar variance = normalized.squaredNorm() / static_cast<Scalar>(width);
    const Scalar inverse = 1 / std::sqrt(variance + static_cast<Scalar>(layer_norm_epsilon));
    tape.inverse(begin + i) = inverse;
    normalized *= inverse;
    out.col(i) = scales.cwiseProduct(normalized) + shifts;
  }
}

/// Sets out = ∂L/∂x for `count` columns from column `begin` on, given the tape's adjoint:
///
///     ∂L/∂x = (h − mean(h) − x̂ mean(h x̂)) / √(σ² + ε),  h = scale · adjoint
template <class Scalar>
void differentiate_layer_norm(const LayerNormTape<Scalar>& tape, Index begin, Index count, const Scalar* scale,
                              MutableMap<Scalar> out) {
  const Index width = tape.inputs.rows();
  const Eigen::Map<const Vector<Scalar>> scales(scale, width);
  for (Index i = 0; i < count; ++i) {
    const auto normalized = tape.normalized.col(begin + i);
    auto x = out.col(i);
    x = scales.cwiseProduct(tape.adjoint.col(begin + i));
    const Scalar mean = x.mean();
    const Scalar share = x.dot(normalized) / static_cast<Scalar>(width);
    x = tape.inverse(begin + i) * (x.array() - mean - share * normalized.array());
  }
}

/// Replaces the numbers of one column where the result of ReLU was 0 by 0.
template <class Scalar>
void apply_relu_mask(const Scalar* result, Scalar* column, Index count) {
  for (Index i = 0; i < count; ++i) {  // both are read before the comparison, which then needs no branch
    const Scalar value = column[i];
    const Scalar y = result[i];
    column[i] = y > 0 ? value : Scalar{0};
  }
}

/// Adds ∂L/∂scale and ∂L/∂shift for some rows of the layer, from row `row` on. The order of each sum does not depend on
/// the rows.
template <class Scalar>
void add_layer_norm_gradient(const LayerNormTape<Scalar>& tape, Index row, MutableMap<Scalar> scale,
                             MutableMap<Scalar> shift) {
  for (Index i = 0; i < tape.adjoint.cols(); ++i) {
    const auto adjoint = tape.adjoint.col(i).segment(row, scale.rows());
    scale += adjoint.cwiseProduct(tape.normalized.col(i).segment(row, scale.rows()));
    shift += adjoint;
  }
}

}  // namespace holdfast
