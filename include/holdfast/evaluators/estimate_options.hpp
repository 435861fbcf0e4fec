/// \file
/// Options of a policy's estimates: the confidence interval, the cap on weights, and the range of rewards.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/estimand.hpp"
#include "holdfast/evaluators/estimator_row.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"

namespace holdfast {

/// The method that computes a confidence interval.
enum class IntervalMethod {
  student_t,   ///< Student's t, for normal samples or many samples
  percentile,  ///< bootstrap over trajectories, Efron's percentiles
  bca,         ///< bootstrap, corrected for bias and skewness
  hoeffding,   ///< guaranteed for bounded samples
  bernstein    ///< guaranteed for bounded samples, uses their variance
};

constexpr auto enumerators(IntervalMethod) {
  using E = Enumerator<IntervalMethod>;
  return std::array{E{"student_t", IntervalMethod::student_t}, E{"percentile", IntervalMethod::percentile},
                    E{"bca", IntervalMethod::bca}, E{"hoeffding", IntervalMethod::hoeffding},
                    E{"bernstein", IntervalMethod::bernstein}};
}

/// Settings of an OffPolicyEvaluation.
struct EstimateOptions {
  double cap = ImportanceWeights::uncapped;  ///< upper limit of the cumulative weights, positive
  IntervalMethod interval = IntervalMethod::bca;
  double confidence = 0.95;  ///< confidence level of the interval, in (0, 1)
  Index resamples = 1000;    ///< number of bootstrap resamples, at least fewest_resamples(confidence)
  /// The range of the task's rewards, for the Hoeffding and Bernstein intervals; never taken from the data.
  std::optional<Interval> reward_range = std::nullopt;
  std::uint64_t seed = 0;

  /// Throws ConfigError if a setting is out of range. (ImportanceWeights checks the cap.)
  void validate() const {
    detail::check_confidence(confidence);
    if (interval == IntervalMethod::percentile || interval == IntervalMethod::bca)
      check_resamples(resamples, confidence);
    if (reward_range) detail::check_range("reward_range", *reward_range);
  }
};

namespace detail {

/// The largest relative error of a recorded reward or of a sum of rewards.
inline constexpr double rounding = 1e-6;

/// Returns the range, widened by the rounding of recorded numbers.
inline Interval rounded(const Interval& range) {
  const double slack = rounding * std::max(std::abs(range.lowest), std::abs(range.highest));
  return {range.lowest - slack, range.highest + slack};
}

/// Returns Σ_{t < horizon} γ^t.
inline double discounted_steps(const Estimand& estimand) {
  if (estimand.infinite()) return 1 / (1 - estimand.discount);
  if (estimand.discount == 1) return static_cast<double>(estimand.horizon);
  return (1 - std::pow(estimand.discount, static_cast<double>(estimand.horizon))) / (1 - estimand.discount);
}

/// Returns the range of all sums of rewards from the range `rewards` whose weights add up to at most `steps`.
inline Interval attainable_sums(const Interval& rewards, double steps) {
  const Interval recorded = rounded(rewards);
  return {steps * std::min(0.0, recorded.lowest), steps * std::max(0.0, recorded.highest)};
}

/// Returns bounds on what one trajectory contributes to a bounded estimator (`row.bounded`), which are known before any
/// data is seen. They exist if weights are capped, the estimand has a horizon, and the task's rewards have a range.
inline std::optional<Interval> a_priori_range(const EstimatorRow& row, const Estimand& estimand,
                                              const EstimateOptions& options) {
  if (!row.bounded || !options.reward_range || !std::isfinite(options.cap) || estimand.infinite()) return std::nullopt;
  return attainable_sums(*options.reward_range, (1 + rounding) * options.cap * discounted_steps(estimand));
}

}  // namespace detail
}  // namespace holdfast
