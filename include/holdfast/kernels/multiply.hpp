/// \file
/// Computes a Product with the instructions that were chosen.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/kernels/instruction_set.hpp"
#include "holdfast/kernels/instruction_sets.hpp"
#include "holdfast/kernels/product.hpp"

namespace holdfast::kernels {

namespace detail {

// Sets out = start + left · right.
template <class Scalar, class Left>
void add_by_eigen(const Product<Scalar>& p, const Left& left) {
  using Right = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;
  Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>> out(p.out, p.rows, p.columns, Eigen::OuterStride<>(p.out_column));
  if (p.start == Start::zero) out.setZero();
  if (p.start == Start::bias) out.colwise() = Eigen::Map<const Vector<Scalar>>(p.bias, p.rows);
  if (p.right_row == 1)
    out.noalias() += left * Right(p.right, p.depth, p.columns, Eigen::OuterStride<>(p.right_column));
  else if (p.right_column == 1)
    out.noalias() += left * Right(p.right, p.columns, p.depth, Eigen::OuterStride<>(p.right_row)).transpose();
  else
    for (Index j = 0; j < p.columns; ++j)  // one column, or equal numbers
      for (Index k = 0; k < p.depth; ++k) out.col(j) += left.col(k) * p.right[k * p.right_row + j * p.right_column];
}

inline thread_local std::uint64_t operations = 0;

}  // namespace detail

/// Computes the product with Eigen's. Which of its products that is depends on the shape, and with it the order of
/// sums: only with the library's own kernels are there the same bits for every number of threads.
template <class Scalar>
void multiply_by_eigen(const Product<Scalar>& p) {
  using Left = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;
  if (p.left_row == 1)
    detail::add_by_eigen(p, Left(p.left, p.rows, p.depth, Eigen::OuterStride<>(p.left_step)));
  else
    detail::add_by_eigen(p, Left(p.left, p.depth, p.rows, Eigen::OuterStride<>(p.left_row)).transpose());
  if (p.end == End::none) return;
  for (Index j = 0; j < p.columns; ++j)
    for (Index i = 0; i < p.rows; ++i) {
      Scalar& value = p.out[j * p.out_column + i];
      const Scalar y = p.mask != nullptr ? p.mask[j * p.mask_column + i] : Scalar{0};
      if (p.end == End::relu)
        value = value < 0 ? Scalar{0} : value;
      else
        value = p.end == End::relu_mask ? (y > 0 ? value : Scalar{0}) : value * (1 - y * y);
    }
}

/// Returns how many multiplications and additions the calling thread has made in products, to compare them with what
/// the processor can do.
[[nodiscard]] inline std::uint64_t operations() { return detail::operations; }

/// Computes the product.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply(const Product<Scalar>& p) {
  detail::operations += 2 * static_cast<std::uint64_t>(p.rows * p.columns * p.depth);
  const bool row = p.rows == 1 && p.left_step == 1 && p.right_row == 1 && p.end == End::none;
  const InstructionSet set = product_instructions();
  if (set == InstructionSet::eigen) return multiply_by_eigen(p);
  with_instructions(set, [&](auto kernels) { row ? kernels.multiply_row(p) : kernels.multiply(p); });
}

}  // namespace holdfast::kernels

namespace holdfast {

#ifdef HOLDFAST_EXTERN
extern template void kernels::multiply<float>(const kernels::Product<float>&);
extern template void kernels::multiply<double>(const kernels::Product<double>&);
#endif

}  // namespace holdfast
