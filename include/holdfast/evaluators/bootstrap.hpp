/// \file
/// The bootstrap over trajectories, for any evaluator.
#pragma once

#include <cstdint>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/concepts.hpp"
#include "holdfast/evaluators/intervals.hpp"

namespace holdfast {

/// Returns the estimates for `resamples` bootstrap samples, 1×resamples. Each sample has n trajectories, drawn with
/// replacement from those of the evaluator (Efron 1979). The result is the same for every number of threads. Neither a
/// Q that the evaluator uses nor MAGIC's blend is fitted again, so the intervals do not include their errors. Callers
/// with different purposes use different values of `stream`. Throws ConfigError unless resamples ≥ 1.
template <class E>
[[nodiscard]] Row<double> bootstrap(const E& evaluator, Index resamples, std::uint64_t seed,
                                    Stream stream = Stream::resampling) {
  static_assert(check_evaluator<E>());
  require(resamples >= 1, "resamples", "at least 1", resamples);
  Row<double> estimates(resamples);
  const Index size = evaluator.samples().size();
  Index operations = 64 * size;  // cost of the draws
  if constexpr (requires { evaluator.operations(); }) operations += evaluator.operations();
  parallel_for(resamples, operations, [&](Index b) {
    Generator generator(seed, stream, static_cast<std::uint32_t>(b));
    Row<double> counts(size);
    draw_resample(generator, counts);
    estimates(b) = evaluator.resampled(counts);
  });
  return estimates;
}

}  // namespace holdfast
