/// \file
/// Provides the dense matrix products that networks are built from.
///
/// They are not inlined and take plain maps. Eigen's product code is thus compiled once per scalar, not once per
/// network and call site; it dominates both compile time and run time.
#pragma once

#include <vector>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A read-only view of a matrix anywhere in memory. The distance between columns may exceed their length.
template <class Scalar>
using ConstMap = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// A view of a matrix anywhere in memory. The distance between columns may exceed their length.
template <class Scalar>
using MutableMap = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;

/// Returns a read-only view of the whole `matrix`.
template <class Scalar>
[[nodiscard]] ConstMap<Scalar> read(const Matrix<Scalar>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), Eigen::OuterStride<>(matrix.rows())};
}

/// Returns a writable view of the whole `matrix`.
template <class Scalar>
[[nodiscard]] MutableMap<Scalar> write(Matrix<Scalar>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), Eigen::OuterStride<>(matrix.rows())};
}

/// Computes out = left · right.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() = left * right;
}

/// Computes out += left · right.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply_add(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() += left * right;
}

/// Computes out = leftᵀ · right.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply_transposed(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() = left.transpose() * right;
}

/// Computes out += left · rightᵀ.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void add_outer(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  out.noalias() += left * right.transpose();
}

/// Computes out += left · rightᵀ, skipping products with zeros if nearly all are zero, as for one-hot columns or block
/// features with one non-zero block.
template <class Scalar>
void add_sparse_outer(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Matrix<Scalar>& out) {
  const auto filled = [](const Matrix<Scalar>& matrix) {
    return static_cast<double>((matrix.array() != 0).count()) / static_cast<double>(matrix.size());
  };
  if (filled(left) * filled(right) > 0.05) {
    add_outer(read(left), read(right), write(out));
    return;
  }
  std::vector<Index> rows;  // the non-zero rows of a column
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
