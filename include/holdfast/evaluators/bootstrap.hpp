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

namespace requirements {

template <class E>
concept has_value = requires(const E evaluator) {
  { evaluator.value() } -> std::convertible_to<double>;
};
template <class E>
concept has_samples = requires(const E evaluator) {
  { evaluator.samples() } -> std::convertible_to<const Row<double>&>;
};
template <class E>
concept resamples = requires(const E evaluator, const Row<double>& counts) {
  { evaluator.resampled(counts) } -> std::convertible_to<double>;
};

}  // namespace requirements

/// An estimate of a policy's value from n independent trajectories: its value; what each trajectory says, of that mean;
/// and what it would be if each had been recorded a given number of times.
template <class E>
concept Evaluator = requirements::has_value<E> && requirements::has_samples<E> && requirements::resamples<E>;

/// Stops the compilation with a line for each member that type E lacks to be an Evaluator.
template <class E>
consteval bool check_evaluator() {
  static_assert(requirements::has_value<E>, "holdfast: an Evaluator must have value() const, its estimate");
  static_assert(requirements::has_samples<E>,
                "holdfast: an Evaluator must have const Row<double>& samples() const, what each trajectory says");
  static_assert(requirements::resamples<E>,
                "holdfast: an Evaluator must have double resampled(const Row<double>& counts) const, the estimate if "
                "each trajectory had been recorded so many times");
  return true;
}

/// The estimates of `resamples` datasets of n trajectories, drawn with replacement from those of the evaluator (Efron
/// 1979), 1×resamples: the same for every number of threads. A Q that it uses is not fitted anew, nor is MAGIC's blend
/// chosen anew: their errors are not seen. What is drawn for another purpose has another `stream`. Throws ConfigError
/// unless there is a resample.
template <class E>
[[nodiscard]] Row<double> bootstrap(const E& evaluator, Index resamples, std::uint64_t seed,
                                    Stream stream = Stream::resampling) {
  static_assert(check_evaluator<E>());
  require(resamples >= 1, "resamples", "at least 1", resamples);
  Row<double> estimates(resamples);
  const Index size = evaluator.samples().size();
  Index operations = 64 * size;  // of the draws
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
