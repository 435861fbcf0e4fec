/// \file
/// The dense products networks are made of.
///
/// Kept out of line behind plain maps, so that Eigen's product code is compiled once per scalar and not once per
/// network and call site: it dominates both compile time and run time.
#pragma once

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A matrix anywhere in memory, read only; the columns may be further apart than they are long.
template <class Scalar>
using ConstMap = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// A matrix anywhere in memory; the columns may be further apart than they are long.
template <class Scalar>
using MutableMap = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// A map over the whole of `matrix`, to read.
template <class Scalar>
[[nodiscard]] ConstMap<Scalar> read(const Matrix<Scalar>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), Eigen::OuterStride<>(matrix.rows())};
}

/// A map over the whole of `matrix`, to write.
template <class Scalar>
[[nodiscard]] MutableMap<Scalar> write(Matrix<Scalar>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), Eigen::OuterStride<>(matrix.rows())};
}

/// out = left · right
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() = left * right;
}

/// out += left · right
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply_add(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() += left * right;
}

/// out = leftᵀ · right
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply_transposed(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() = left.transpose() * right;
}

/// out += left · rightᵀ
template <class Scalar>
HOLDFAST_OUT_OF_LINE void add_outer(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() += left * right.transpose();
}

#ifdef HOLDFAST_LINKAGE
#define HOLDFAST_PRODUCTS(Scalar)                                                                                     \
  HOLDFAST_LINKAGE template void multiply<Scalar>(ConstMap<Scalar>, ConstMap<Scalar>, MutableMap<Scalar>);            \
  HOLDFAST_LINKAGE template void multiply_add<Scalar>(ConstMap<Scalar>, ConstMap<Scalar>, MutableMap<Scalar>);        \
  HOLDFAST_LINKAGE template void multiply_transposed<Scalar>(ConstMap<Scalar>, ConstMap<Scalar>, MutableMap<Scalar>); \
  HOLDFAST_LINKAGE template void add_outer<Scalar>(ConstMap<Scalar>, ConstMap<Scalar>, MutableMap<Scalar>);
HOLDFAST_PRODUCTS(float)
HOLDFAST_PRODUCTS(double)
#undef HOLDFAST_PRODUCTS
#endif

}  // namespace holdfast
