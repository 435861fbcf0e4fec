/// \file
/// The dense products networks are made of.
///
/// Kept out of line behind plain maps, so that Eigen's product code is compiled once per scalar and not once per
/// network and call site: it dominates both compile time and run time.
#pragma once

#include <vector>

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

/// out += left · rightᵀ, the products with zeros spared where nearly all are: in columns that are one-hot, or blocks of
/// which one is filled.
template <class Scalar>
void add_sparse_outer(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Matrix<Scalar>& out) {
  const auto filled = [](const Matrix<Scalar>& matrix) {
    return static_cast<double>((matrix.array() != 0).count()) / static_cast<double>(matrix.size());
  };
  if (filled(left) * filled(right) > 0.05) {
    add_outer(read(left), read(right), write(out));
    return;
  }
  std::vector<Index> rows;  // that are not zero
  for (Index i = 0; i < left.cols(); ++i) {
    rows.clear();
    for (Index row = 0; row < left.rows(); ++row)
      if (left(row, i) != 0) rows.push_back(row);
    for (Index column = 0; column < right.rows(); ++column)
      if (right(column, i) != 0)
        for (const Index row : rows) out(row, column) += left(row, i) * right(column, i);
  }
}

#ifdef HOLDFAST_EXTERN
extern template void multiply<float>(ConstMap<float>, ConstMap<float>, MutableMap<float>);
extern template void multiply_add<float>(ConstMap<float>, ConstMap<float>, MutableMap<float>);
extern template void multiply_transposed<float>(ConstMap<float>, ConstMap<float>, MutableMap<float>);
extern template void add_outer<float>(ConstMap<float>, ConstMap<float>, MutableMap<float>);
extern template void multiply<double>(ConstMap<double>, ConstMap<double>, MutableMap<double>);
extern template void multiply_add<double>(ConstMap<double>, ConstMap<double>, MutableMap<double>);
extern template void multiply_transposed<double>(ConstMap<double>, ConstMap<double>, MutableMap<double>);
extern template void add_outer<double>(ConstMap<double>, ConstMap<double>, MutableMap<double>);
#endif

}  // namespace holdfast
