/// \file
/// Passes over flat parameters: a step of Adam, the move of a target, a squared norm. The threads share them if
/// they are large, with the same bits for every number of threads.
#pragma once

#include <algorithm>
#include <numeric>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/kernels/elementwise.hpp"
#include "holdfast/kernels/instruction_sets.hpp"

namespace holdfast::kernels {

namespace detail {

inline constexpr Index pass_block = Index{1} << 14;  // numbers that one thread takes

// Calls work(begin, end) for blocks of numbers, in parallel if there are many.
template <class Work>
void for_each_pass_block(Index count, Work&& work) {
  const Index blocks = (count + pass_block - 1) / pass_block;
  parallel_for(blocks, blocks > 2 ? worth_a_thread : 0,
               [&](Index i) { work(i * pass_block, std::min(count, (i + 1) * pass_block)); });
}

}  // namespace detail

/// Takes the step for `count` parameters.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void adam(const AdamStep<Scalar>& step, Index count) {
  with_instructions(product_instructions(), [&](auto kernels) {
    detail::for_each_pass_block(count, [&](Index begin, Index end) { kernels.adam(step, begin, end); });
  });
}

/// Sets target ← keep · target + rate · online, each of `count` numbers.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void blend(Scalar* target, const Scalar* online, Scalar keep, Scalar rate, Index count) {
  with_instructions(product_instructions(), [&](auto kernels) {
    detail::for_each_pass_block(
        count, [&](Index begin, Index end) { kernels.blend(target + begin, online + begin, keep, rate, end - begin); });
  });
}

/// Returns the sum of the squares of `count` numbers.
template <class Scalar>
[[nodiscard]] HOLDFAST_OUT_OF_LINE Scalar squared_norm(const Scalar* numbers, Index count) {
  constexpr Index most = 32;
  Scalar sums[most] = {};
  const Index blocks = std::min(most, (count + detail::pass_block - 1) / detail::pass_block);
  const Index each = blocks == 0 ? 0 : (count + blocks - 1) / blocks;
  with_instructions(product_instructions(), [&](auto kernels) {
    parallel_for(blocks, blocks > 2 ? worth_a_thread : 0, [&](Index i) {
      sums[i] = kernels.squared_norm(numbers + i * each, std::min(each, count - i * each));
    });
  });
  return std::accumulate(sums, sums + blocks, Scalar{0});
}

}  // namespace holdfast::kernels

namespace holdfast {

#ifdef HOLDFAST_EXTERN
extern template void kernels::adam<float>(const kernels::AdamStep<float>&, Index);
extern template void kernels::adam<double>(const kernels::AdamStep<double>&, Index);
extern template void kernels::blend<float>(float*, const float*, float, float, Index);
extern template void kernels::blend<double>(double*, const double*, double, double, Index);
extern template float kernels::squared_norm<float>(const float*, Index);
extern template double kernels::squared_norm<double>(const double*, Index);
#endif

}  // namespace holdfast
