/// \file
/// Compiles the kernels, tile.inc and elementwise.inc, for each instruction set of the processor family.
#pragma once

#include <cmath>
#include <type_traits>

#include "holdfast/core/types.hpp"
#include "holdfast/kernels/elementwise.hpp"
#include "holdfast/kernels/instruction_set.hpp"
#include "holdfast/kernels/product.hpp"

#ifdef HOLDFAST_X86_64
#include <immintrin.h>
#endif

namespace holdfast::kernels {

/// The largest number of terms that are summed before the next row of tiles: the columns of the left matrix that are
/// read again for each tile stay in the cache.
inline constexpr Index depth_together = 512;

#define HOLDFAST_SET baseline
#define HOLDFAST_TARGET
#define HOLDFAST_BYTES 16
#ifdef HOLDFAST_X86_64  // 16 registers
#define HOLDFAST_TILE_VECTORS 2
#define HOLDFAST_TILE_COLUMNS 4
namespace baseline {
inline __m128 root(__m128 numbers) { return _mm_sqrt_ps(numbers); }
inline __m128d root(__m128d numbers) { return _mm_sqrt_pd(numbers); }
inline __m128 spread(float number) { return _mm_set1_ps(number); }
inline __m128d spread(double number) { return _mm_set1_pd(number); }
#ifdef __FMA__  // where the program is compiled for processors that have it
inline __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
inline __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
#else
inline __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return a * b + c; }
inline __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return a * b + c; }
#endif
}  // namespace baseline
#else  // as of ARM's 32
#define HOLDFAST_TILE_VECTORS 4
#define HOLDFAST_TILE_COLUMNS 6
namespace baseline {
template <class Vector>
inline Vector root(Vector numbers) {
  constexpr int count = sizeof(Vector) / sizeof(numbers[0]);
  for (int i = 0; i < count; ++i) numbers[i] = std::sqrt(numbers[i]);
  return numbers;
}
template <class Scalar>
inline Scalar spread(Scalar number) {
  return number;
}
template <class Vector, class Factor>
inline Vector multiply_add(Vector a, Factor b, Vector c) {
  return a * b + c;
}
}  // namespace baseline
#endif
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
#undef HOLDFAST_SET
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#ifdef HOLDFAST_X86_64

#define HOLDFAST_SET avx2
#define HOLDFAST_TARGET __attribute__((target("avx2,fma")))
#define HOLDFAST_BYTES 32
#define HOLDFAST_TILE_VECTORS 2
#define HOLDFAST_TILE_COLUMNS 6
namespace avx2 {
HOLDFAST_TARGET inline __m256 root(__m256 numbers) { return _mm256_sqrt_ps(numbers); }
HOLDFAST_TARGET inline __m256d root(__m256d numbers) { return _mm256_sqrt_pd(numbers); }
HOLDFAST_TARGET inline __m256 spread(float number) { return _mm256_set1_ps(number); }
HOLDFAST_TARGET inline __m256d spread(double number) { return _mm256_set1_pd(number); }
HOLDFAST_TARGET inline __m256 multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
HOLDFAST_TARGET inline __m256d multiply_add(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
}  // namespace avx2
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
#undef HOLDFAST_SET
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#define HOLDFAST_SET avx512
#define HOLDFAST_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma")))
#define HOLDFAST_BYTES 64
#define HOLDFAST_TILE_VECTORS 4
#define HOLDFAST_TILE_COLUMNS 6
// With a mask of ones: g++ 12 warns about its own header's plain root.
namespace avx512 {
HOLDFAST_TARGET inline __m512 root(__m512 numbers) { return _mm512_maskz_sqrt_ps(0xffff, numbers); }
HOLDFAST_TARGET inline __m512d root(__m512d numbers) { return _mm512_maskz_sqrt_pd(0xff, numbers); }
HOLDFAST_TARGET inline __m512 spread(float number) { return _mm512_set1_ps(number); }
HOLDFAST_TARGET inline __m512d spread(double number) { return _mm512_set1_pd(number); }
HOLDFAST_TARGET inline __m512 multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
HOLDFAST_TARGET inline __m512d multiply_add(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
}  // namespace avx512
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
#undef HOLDFAST_SET
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#endif

}  // namespace holdfast::kernels
