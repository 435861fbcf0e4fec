/// \file
/// Compiles the kernels, tile.inc and elementwise.inc, for each instruction set of the processor family: each is a type
/// with the kernels as its static functions.
#pragma once

#include <cmath>
#include <type_traits>

#include "holdfast/core/types.hpp"
#include "holdfast/kernels/curve.hpp"
#include "holdfast/kernels/elementwise.hpp"
#include "holdfast/kernels/instruction_set.hpp"
#include "holdfast/kernels/product.hpp"
#include "holdfast/kernels/transpose.hpp"

#ifdef HOLDFAST_X86_64
#include <immintrin.h>
#endif

namespace holdfast::kernels {

/// The largest number of terms that are summed before the next row of tiles: the columns of the left matrix that are
/// read again for each tile stay in the cache.
inline constexpr Index depth_together = 512;

#define HOLDFAST_TARGET
#define HOLDFAST_BYTES 16
/// The kernels with vectors of 16 bytes.
struct Baseline {
#ifdef HOLDFAST_X86_64  // 16 registers
#define HOLDFAST_TILE_VECTORS 2
#define HOLDFAST_TILE_COLUMNS 4
  static __m128 root(__m128 numbers) { return _mm_sqrt_ps(numbers); }
  static __m128d root(__m128d numbers) { return _mm_sqrt_pd(numbers); }
  static __m128 spread(float number) { return _mm_set1_ps(number); }
  static __m128d spread(double number) { return _mm_set1_pd(number); }
#ifdef __FMA__  // where the program is compiled for processors that have it
  static __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return _mm_fmadd_ps(a, b, c); }
  static __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return _mm_fmadd_pd(a, b, c); }
#else
  static __m128 multiply_add(__m128 a, __m128 b, __m128 c) { return a * b + c; }
  static __m128d multiply_add(__m128d a, __m128d b, __m128d c) { return a * b + c; }
#endif
#else  // ARM has 32
#define HOLDFAST_TILE_VECTORS 4
#define HOLDFAST_TILE_COLUMNS 6
  template <class Vector>
  static Vector root(Vector numbers) {
    constexpr int count = sizeof(Vector) / sizeof(numbers[0]);
    for (int i = 0; i < count; ++i) numbers[i] = std::sqrt(numbers[i]);
    return numbers;
  }
  template <class Scalar>
  static Scalar spread(Scalar number) {
    return number;
  }
  template <class Vector, class Factor>
  static Vector multiply_add(Vector a, Factor b, Vector c) {
    return a * b + c;
  }
#endif
  static Index first_lanes(Index count, float) { return count; }
  static Index first_lanes(Index count, double) { return count; }
  template <class Scalar>
  static auto load_some(const Scalar* at, Index count) {
    typename VectorOf<Scalar>::Vector numbers = {};
    for (Index i = 0; i < count; ++i) numbers[i] = at[i];
    return numbers;
  }
  template <class Scalar, class Vector>
  static void store_some(Scalar* at, Index count, Vector numbers) {
    for (Index i = 0; i < count; ++i) at[i] = numbers[i];
  }
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
};
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#ifdef HOLDFAST_X86_64

#define HOLDFAST_TARGET __attribute__((target("avx2,fma")))
#define HOLDFAST_BYTES 32
#define HOLDFAST_TILE_VECTORS 2
#define HOLDFAST_TILE_COLUMNS 6
/// The kernels with AVX2 and fused multiply-adds.
struct Avx2 {
  HOLDFAST_TARGET static __m256 root(__m256 numbers) { return _mm256_sqrt_ps(numbers); }
  HOLDFAST_TARGET static __m256d root(__m256d numbers) { return _mm256_sqrt_pd(numbers); }
  HOLDFAST_TARGET static __m256 spread(float number) { return _mm256_set1_ps(number); }
  HOLDFAST_TARGET static __m256d spread(double number) { return _mm256_set1_pd(number); }
  HOLDFAST_TARGET static __m256 multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
  HOLDFAST_TARGET static __m256d multiply_add(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
  HOLDFAST_TARGET static __m256i first_lanes(Index count, float) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  HOLDFAST_TARGET static __m256i first_lanes(Index count, double) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  HOLDFAST_TARGET static __m256 load_some(const float* at, __m256i lanes) { return _mm256_maskload_ps(at, lanes); }
  HOLDFAST_TARGET static __m256d load_some(const double* at, __m256i lanes) { return _mm256_maskload_pd(at, lanes); }
  HOLDFAST_TARGET static void store_some(float* at, __m256i lanes, __m256 v) { _mm256_maskstore_ps(at, lanes, v); }
  HOLDFAST_TARGET static void store_some(double* at, __m256i lanes, __m256d v) { _mm256_maskstore_pd(at, lanes, v); }
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
};
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#define HOLDFAST_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma")))
#define HOLDFAST_BYTES 64
#define HOLDFAST_TILE_VECTORS 4
#define HOLDFAST_TILE_COLUMNS 6
// With a mask of ones: g++ 12 warns about its own header's plain root.
/// The kernels with AVX-512.
struct Avx512 {
  HOLDFAST_TARGET static __m512 root(__m512 numbers) { return _mm512_maskz_sqrt_ps(0xffff, numbers); }
  HOLDFAST_TARGET static __m512d root(__m512d numbers) { return _mm512_maskz_sqrt_pd(0xff, numbers); }
  HOLDFAST_TARGET static __m512 spread(float number) { return _mm512_set1_ps(number); }
  HOLDFAST_TARGET static __m512d spread(double number) { return _mm512_set1_pd(number); }
  HOLDFAST_TARGET static __m512 multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
  HOLDFAST_TARGET static __m512d multiply_add(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
  HOLDFAST_TARGET static __mmask16 first_lanes(Index count, float) { return static_cast<__mmask16>((1 << count) - 1); }
  HOLDFAST_TARGET static __mmask8 first_lanes(Index count, double) { return static_cast<__mmask8>((1 << count) - 1); }
  HOLDFAST_TARGET static __m512 load_some(const float* at, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, at); }
  HOLDFAST_TARGET static __m512d load_some(const double* at, __mmask8 lanes) {
    return _mm512_maskz_loadu_pd(lanes, at);
  }
  HOLDFAST_TARGET static void store_some(float* at, __mmask16 lanes, __m512 v) { _mm512_mask_storeu_ps(at, lanes, v); }
  HOLDFAST_TARGET static void store_some(double* at, __mmask8 lanes, __m512d v) { _mm512_mask_storeu_pd(at, lanes, v); }
#include "holdfast/kernels/elementwise.inc"
#include "holdfast/kernels/tile.inc"
};
#undef HOLDFAST_TARGET
#undef HOLDFAST_BYTES
#undef HOLDFAST_TILE_VECTORS
#undef HOLDFAST_TILE_COLUMNS

#endif

/// Returns visit(set), where `set` is of the type of these instructions' kernels. There are none of Eigen: for them it
/// is Baseline.
template <class Visit>
auto with_instructions(InstructionSet set, Visit&& visit) {
  switch (set) {
#ifdef HOLDFAST_X86_64
    case InstructionSet::avx512: return visit(Avx512{});
    case InstructionSet::avx2: return visit(Avx2{});
#endif
    default: return visit(Baseline{});
  }
}

}  // namespace holdfast::kernels
