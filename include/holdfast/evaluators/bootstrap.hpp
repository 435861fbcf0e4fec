/// \file
/// What an estimator is, and the bootstrap over trajectories of any of them.
#pragma once

#include <concepts>
#include <cstdint>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/intervals.hpp"

namespace holdfast {

/// An estimate of a policy's value from n independent trajectories: its value; what each trajectory says, of that mean;
/// and what it would be if each had been recorded a given number of times.
template <class E>
concept Evaluator = requires(const E evaluator, const Row<double>& counts) {
  { evaluator.value() } -> std::convertible_to<double>;
  { evaluator.samples() } -> std::convertible_to<const Row<double>&>;
  { evaluator.resampled(counts) } -> std::convertible_to<double>;
};

/// The estimates of `resamples` datasets of n trajectories, drawn with replacement from those of the evaluator (Efron
/// 1979), 1×resamples: the same for every number of threads. A Q that it uses is not fitted anew: its error is not
/// seen. Throws ConfigError unless there is a resample.
template <Evaluator E>
[[nodiscard]] Row<double> bootstrap(const E& evaluator, Index resamples, std::uint64_t seed) {
  require(resamples >= 1, "resamples", "at least 1", resamples);
  Row<double> estimates(resamples);
  const Index size = evaluator.samples().size();
  constexpr Index draws_of_an_operation = 64;  // a draw costs about so many
  parallel_for(resamples, draws_of_an_operation * size, [&](Index b) {
    Generator generator(seed, Stream::sampling, static_cast<std::uint32_t>(b));
    Row<double> counts(size);
    draw_resample(generator, counts);
    estimates(b) = evaluator.resampled(counts);
  });
  return estimates;
}

}  // namespace holdfast
