/// \file
/// The options of a policy's estimates: how their uncertainty is told, and how far they can reach at most.
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

/// How an interval is made.
enum class IntervalMethod {
  student_t,   ///< normal samples, or many
  percentile,  ///< bootstrap over trajectories, Efron's percentiles
  bca,         ///< bootstrap, corrected for bias and skewness
  hoeffding,   ///< for certain, of bounded samples
  bernstein    ///< for certain, of bounded samples, by their variance
};

constexpr auto enumerators(IntervalMethod) {
  using E = Enumerator<IntervalMethod>;
  return std::array{E{"student_t", IntervalMethod::student_t}, E{"percentile", IntervalMethod::percentile},
                    E{"bca", IntervalMethod::bca}, E{"hoeffding", IntervalMethod::hoeffding},
                    E{"bernstein", IntervalMethod::bernstein}};
}

/// Settings of an OffPolicyEvaluation beside the point estimates.
struct EstimateOptions {
  double cap = ImportanceWeights::uncapped;  ///< of the cumulative weights, positive
  IntervalMethod interval = IntervalMethod::bca;
  double confidence = 0.95;  ///< of the interval, (0, 1)
  Index resamples = 1000;    ///< of the bootstrap, at least fewest_resamples(confidence)
  /// The range of the task's rewards, for Hoeffding and Bernstein; never taken from the data.
  std::optional<Interval> reward_range = std::nullopt;
  std::uint64_t seed = 0;

  /// Throws ConfigError. (The cap is checked where weights are made.)
  void validate() const {
    detail::check_confidence(confidence);
    if (interval == IntervalMethod::percentile || interval == IntervalMethod::bca)
      check_resamples(resamples, confidence);
    if (reward_range) detail::check_range("reward_range", *reward_range);
  }
};

namespace detail {

/// The share of its size by which a recorded reward, or a sum of them, may be off.
inline constexpr double rounding = 1e-6;

/// A range as recorded numbers keep to it.
inline Interval rounded(const Interval& range) {
  const double slack = rounding * std::max(std::abs(range.lowest), std::abs(range.highest));
  return {range.lowest - slack, range.highest + slack};
}

/// Σ_{t < horizon} γ^t.
inline double discounted_steps(const Estimand& estimand) {
  if (estimand.infinite()) return 1 / (1 - estimand.discount);
  if (estimand.discount == 1) return static_cast<double>(estimand.horizon);
  return (1 - std::pow(estimand.discount, static_cast<double>(estimand.horizon))) / (1 - estimand.discount);
}

/// The sums that so many such rewards, or fewer, can add up to.
inline Interval attainable_sums(const Interval& rewards, double steps) {
  const Interval recorded = rounded(rewards);
  return {steps * std::min(0.0, recorded.lowest), steps * std::max(0.0, recorded.highest)};
}

/// Bounds what one trajectory can say to an estimator whose row says that it is bounded, known before any is seen:
/// there is a bound where weights are capped, returns end at a horizon, and the task's rewards have a range.
inline std::optional<Interval> a_priori_range(const EstimatorRow& row, const Estimand& estimand,
                                              const EstimateOptions& options) {
  if (!row.bounded || !options.reward_range || !std::isfinite(options.cap) || estimand.infinite()) return std::nullopt;
  return attainable_sums(*options.reward_range, (1 + rounding) * options.cap * discounted_steps(estimand));
}

}  // namespace detail
}  // namespace holdfast
