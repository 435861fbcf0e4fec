/// \file
/// Provides the dense matrix products that networks are built from.
///
/// They take plain maps, and one function computes them all (kernels/multiply.hpp): it is compiled once per scalar, not
/// once per network and call site.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/kernels/multiply.hpp"

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

/// Returns a view of `count` columns, from column `begin` on.
template <class Map>
[[nodiscard]] Map columns_of(Map matrix, Index begin, Index count) {
  return {matrix.data() + begin * matrix.outerStride(), matrix.rows(), count,
          Eigen::OuterStride<>(matrix.outerStride())};
}

/// Returns a view of `count` rows, from row `begin` on.
template <class Map>
[[nodiscard]] Map rows_of(Map matrix, Index begin, Index count) {
  return {matrix.data() + begin, count, matrix.cols(), Eigen::OuterStride<>(matrix.outerStride())};
}

/// Computes out = end(start + left · right). `bias` is for kernels::Start::bias; `mask`, as large as `out`, for the
/// ends that have one.
template <class Scalar>
void multiply(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out,
              kernels::Start start = kernels::Start::zero, const Scalar* bias = nullptr,
              kernels::End end = kernels::End::none, ConstMap<Scalar> mask = {nullptr, 0, 0, {0}}) {
  eigen_assert(left.cols() == right.rows() && out.rows() == left.rows() && out.cols() == right.cols());
  kernels::multiply<Scalar>({.rows = left.rows(),
                             .columns = right.cols(),
                             .depth = left.cols(),
                             .left = left.data(),
                             .left_step = left.outerStride(),
                             .right = right.data(),
                             .right_row = 1,
                             .right_column = right.outerStride(),
                             .out = out.data(),
                             .out_column = out.outerStride(),
                             .start = start,
                             .bias = bias,
                             .end = end,
                             .mask = mask.data(),
                             .mask_column = mask.outerStride()});
}

/// Computes out = end(leftᵀ · right).
template <class Scalar>
void multiply_transposed(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out,
                         kernels::End end = kernels::End::none, ConstMap<Scalar> mask = {nullptr, 0, 0, {0}}) {
  eigen_assert(left.rows() == right.rows() && out.rows() == left.cols() && out.cols() == right.cols());
  kernels::multiply<Scalar>({.rows = left.cols(),
                             .columns = right.cols(),
                             .depth = left.rows(),
                             .left = left.data(),
                             .left_row = left.outerStride(),
                             .left_step = 1,
                             .right = right.data(),
                             .right_row = 1,
                             .right_column = right.outerStride(),
                             .out = out.data(),
                             .out_column = out.outerStride(),
                             .end = end,
                             .mask = mask.data(),
                             .mask_column = mask.outerStride()});
}

/// Computes out += left · rightᵀ.
template <class Scalar>
void add_outer(ConstMap<Scalar> left, ConstMap<Scalar> right, MutableMap<Scalar> out) {
  eigen_assert(left.cols() == right.cols() && out.rows() == left.rows() && out.cols() == right.rows());
  if (left.rows() == 1 && right.rows() > 1 && out.outerStride() == 1)  // the transpose of `out` has long columns
    return add_outer<Scalar>(right, left, {out.data(), right.rows(), 1, Eigen::OuterStride<>(right.rows())});
  kernels::multiply<Scalar>({.rows = left.rows(),
                             .columns = right.rows(),
                             .depth = left.cols(),
                             .left = left.data(),
                             .left_step = left.outerStride(),
                             .right = right.data(),
                             .right_row = right.outerStride(),
                             .right_column = 1,
                             .out = out.data(),
                             .out_column = out.outerStride(),
                             .start = kernels::Start::output});
}

/// Computes out += the sum of the columns.
template <class Scalar>
void add_columns(ConstMap<Scalar> columns, MutableMap<Scalar> out) {
  static constexpr Scalar one = 1;
  kernels::multiply<Scalar>({.rows = columns.rows(),
                             .columns = 1,
                             .depth = columns.cols(),
                             .left = columns.data(),
                             .left_step = columns.outerStride(),
                             .right = &one,
                             .out = out.data(),
                             .out_column = out.outerStride(),
                             .start = kernels::Start::output});
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

}  // namespace holdfast
