/// \file
/// Transposes a matrix by small blocks in registers.
#pragma once

#include <algorithm>
#include <type_traits>

#include "holdfast/core/types.hpp"

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define HOLDFAST_SHUFFLES
#endif
#endif

namespace holdfast::kernels {

#ifdef HOLDFAST_SHUFFLES
namespace detail {

// Four rows of four columns.
inline void transpose_block(const float* from, Index from_column, float* to, Index to_column) {
  typedef float Vector __attribute__((vector_size(16)));                                      // NOLINT
  typedef float Memory __attribute__((vector_size(16), aligned(alignof(float)), may_alias));  // NOLINT
  const auto load = [&](Index j) { return Vector(*reinterpret_cast<const Memory*>(from + j * from_column)); };
  const auto store = [&](Index j, Vector numbers) { *reinterpret_cast<Memory*>(to + j * to_column) = numbers; };
  const Vector a = load(0);
  const Vector b = load(1);
  const Vector c = load(2);
  const Vector d = load(3);
  const Vector low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Vector high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(0, __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5));
  store(1, __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7));
  store(2, __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5));
  store(3, __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7));
}

}  // namespace detail
#endif

/// Sets to(j, i) = from(i, j) for a matrix of `rows` × `columns`. Column j of `from` begins at j·from_column, column i
/// of `to` at i·to_column.
template <class Scalar>
void transpose(const Scalar* from, Index from_column, Index rows, Index columns, Scalar* to, Index to_column) {
  constexpr Index block = 4;
  constexpr Index square = 16;  // of whole cache lines, so that each is written at one time
  const auto transpose_some = [&](Index i, Index j) {
    const Scalar* const source = from + j * from_column + i;
    Scalar* const target = to + i * to_column + j;
#ifdef HOLDFAST_SHUFFLES
    if constexpr (std::is_same_v<Scalar, float>)
      if (i + block <= rows && j + block <= columns)
        return detail::transpose_block(source, from_column, target, to_column);
#endif
    for (Index k = 0; k < std::min(block, rows - i); ++k)
      for (Index l = 0; l < std::min(block, columns - j); ++l) target[k * to_column + l] = source[l * from_column + k];
  };
  for (Index top = 0; top < rows; top += square)
    for (Index begin = 0; begin < columns; begin += square)
      for (Index i = top; i < std::min(rows, top + square); i += block)
        for (Index j = begin; j < std::min(columns, begin + square); j += block) transpose_some(i, j);
}

}  // namespace holdfast::kernels
