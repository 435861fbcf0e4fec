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
