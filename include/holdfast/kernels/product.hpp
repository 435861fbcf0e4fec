/// \file
/// Product: a dense matrix product with what happens to its result before and after the sum, as one task of a kernel.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::kernels {

/// The value that a sum of products starts from.
enum class Start {
  zero,
  bias,    ///< a number for each row
  output,  ///< the matrix that the result replaces
};

/// The function of the finished sum that is stored.
enum class End {
  none,
  relu,       ///< max(sum, 0); NaN stays NaN
  relu_mask,  ///< sum where the given layer output is positive, and 0 elsewhere: the backward pass of ReLU
  tanh_mask,  ///< sum · (1 − y²) for the given layer output y: the backward pass of tanh
};

/// One product: out = end(start + left · right), with left rows × depth, right depth × columns.
///
/// Entry (i, k) of `left` is left[i·left_row + k·left_step]. One of both distances is 1; if it is not that of the rows,
/// the matrix is the transpose of one in memory, and is copied in parts. Entry (k, j) of `right` is
/// right[k·right_row + j·right_column], with any distances. Column j of `out` and of `mask` begins at j·out_column and
/// j·mask_column; their rows are contiguous. Nothing may overlap `out`.
template <class Scalar>
struct Product {
  Index rows = 0;
  Index columns = 0;
  Index depth = 0;
  const Scalar* left = nullptr;
  Index left_row = 1;
  Index left_step = 0;
  const Scalar* right = nullptr;
  Index right_row = 0;
  Index right_column = 0;
  Scalar* out = nullptr;
  Index out_column = 0;
  Start start = Start::zero;
  const Scalar* bias = nullptr;  ///< `rows` numbers, for Start::bias
  End end = End::none;
  const Scalar* mask = nullptr;  ///< the layer's output, for End::relu_mask and End::tanh_mask
  Index mask_column = 0;
};

/// Returns the address `offset` numbers ahead. A matrix without entries has none.
template <class Scalar>
[[nodiscard]] const Scalar* ahead(const Scalar* begin, Index offset) {
  return begin == nullptr ? nullptr : begin + offset;
}

}  // namespace holdfast::kernels
