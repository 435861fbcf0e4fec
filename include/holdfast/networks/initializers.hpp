/// \file
/// Provides the initial weights of a layer.
#pragma once

#include <cmath>
#include <numbers>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/products.hpp"

namespace holdfast {

/// The usual distributions for the initial weights W (outputs × inputs) and bias b of a layer.
enum class Initializer {
  fan_in_uniform,         ///< W, b ~ U(±1/√inputs): the default of PyTorch's linear layer (LeCun et al. 1998)
  he_normal,              ///< W ~ N(0, 2/inputs), b = 0 (He et al. 2015)
  lecun_normal,           ///< W ~ N(0, 1/inputs), b = 0 (LeCun et al. 1998): the default of flax, but not truncated
  xavier_uniform,         ///< W ~ U(±√(6/(inputs+outputs))), b = 0 (Glorot and Bengio 2010)
  orthogonal,             ///< W = √2 · (part of) an orthogonal matrix, b = 0 (Saxe et al. 2014)
  small_uniform,          ///< W, b ~ U(±3·10⁻³): the last layer of DDPG (Lillicrap et al. 2016)
  zero,                   ///< W = 0, b = 0
  fan_in_uniform_biased,  ///< W ~ U(±1/√inputs), b = 0.1: the hidden layers of EDAC (An et al. 2021)
  tiny_uniform            ///< W, b ~ U(±10⁻³): the last layer of EDAC's policy
};

constexpr auto enumerators(Initializer) {
  using enum Initializer;
  return std::array{Enumerator<Initializer>{"fan_in_uniform", fan_in_uniform},
                    Enumerator<Initializer>{"he_normal", he_normal},
                    Enumerator<Initializer>{"lecun_normal", lecun_normal},
                    Enumerator<Initializer>{"xavier_uniform", xavier_uniform},
                    Enumerator<Initializer>{"orthogonal", orthogonal},
                    Enumerator<Initializer>{"small_uniform", small_uniform},
                    Enumerator<Initializer>{"zero", zero},
                    Enumerator<Initializer>{"fan_in_uniform_biased", fan_in_uniform_biased},
                    Enumerator<Initializer>{"tiny_uniform", tiny_uniform}};
}

namespace detail {

template <class Scalar>
void fill_uniform(MutableMap<Scalar> matrix, double limit, Generator& generator) {
  for (Index column = 0; column < matrix.cols(); ++column)
    for (Index row = 0; row < matrix.rows(); ++row)
      matrix(row, column) = static_cast<Scalar>(generator.uniform(-limit, limit));
}

// Orthonormalizes normal columns one after the other (Gram and Schmidt). Each column is projected twice, because one
// pass leaves rounding errors. The result is uniform over orthogonal matrices. Eigen's QR gives the same but takes
// seconds to compile.
template <class Scalar>
void fill_orthogonal(MutableMap<Scalar> weight, double gain, Generator& generator) {
  const bool tall = weight.rows() >= weight.cols();
  Matrix<double> q(tall ? weight.rows() : weight.cols(), tall ? weight.cols() : weight.rows());
  generator.fill_normal(q);
  for (Index column = 0; column < q.cols(); ++column) {
    for (int pass = 0; pass < 2; ++pass)
      for (Index before = 0; before < column; ++before)
        q.col(column) -= q.col(before).dot(q.col(column)) * q.col(before);
    q.col(column).normalize();
  }
  if (tall)
    weight = (gain * q).template cast<Scalar>();
  else
    weight = (gain * q.transpose()).template cast<Scalar>();
}

}  // namespace detail

/// Draws the weights (outputs × inputs) and the bias (outputs × 1) of one layer.
template <class Scalar>
void initialize_layer(Initializer how, MutableMap<Scalar> weight, MutableMap<Scalar> bias, Generator& generator) {
  const auto inputs = static_cast<double>(weight.cols());
  const auto outputs = static_cast<double>(weight.rows());
  bias.setZero();
  switch (how) {
    case Initializer::fan_in_uniform:
      detail::fill_uniform<Scalar>(weight, 1 / std::sqrt(inputs), generator);
      detail::fill_uniform<Scalar>(bias, 1 / std::sqrt(inputs), generator);
      break;
    case Initializer::he_normal:
    case Initializer::lecun_normal:
      generator.fill_normal(weight);
      weight *= static_cast<Scalar>(std::sqrt((how == Initializer::he_normal ? 2 : 1) / inputs));
      break;
    case Initializer::xavier_uniform:
      detail::fill_uniform<Scalar>(weight, std::sqrt(6 / (inputs + outputs)), generator);
      break;
    case Initializer::orthogonal: detail::fill_orthogonal<Scalar>(weight, std::numbers::sqrt2, generator); break;
    case Initializer::small_uniform:
      detail::fill_uniform<Scalar>(weight, 3e-3, generator);
      detail::fill_uniform<Scalar>(bias, 3e-3, generator);
      break;
    case Initializer::zero: weight.setZero(); break;
    case Initializer::fan_in_uniform_biased:
      detail::fill_uniform<Scalar>(weight, 1 / std::sqrt(inputs), generator);
      bias.setConstant(static_cast<Scalar>(0.1));
      break;
    case Initializer::tiny_uniform:
      detail::fill_uniform<Scalar>(weight, 1e-3, generator);
      detail::fill_uniform<Scalar>(bias, 1e-3, generator);
      break;
  }
}

#ifdef HOLDFAST_EXTERN
extern template void initialize_layer<float>(Initializer, MutableMap<float>, MutableMap<float>, Generator&);
extern template void initialize_layer<double>(Initializer, MutableMap<double>, MutableMap<double>, Generator&);
#endif

}  // namespace holdfast
