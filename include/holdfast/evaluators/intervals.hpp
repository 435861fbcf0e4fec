/// \file
/// Confidence intervals for a mean: Student's t, Hoeffding's, Bernstein's, and those of the bootstrap.
///
/// All are two-sided. The lower or the upper end alone, of an interval of confidence level `confidence`, is a one-sided
/// bound of confidence level (1 + confidence)/2. If an interval does not exist, its ends are NaN.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/quantiles.hpp"

namespace holdfast {

/// A closed interval that contains an unknown number with a given confidence level.
struct ConfidenceInterval {
  double lower = std::numeric_limits<double>::quiet_NaN();
  double upper = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] bool contains(double value) const { return lower <= value && value <= upper; }
};

/// Returns Σ (x − mean)²/(n − 1); NaN for one sample.
template <class = void>
[[nodiscard]] inline double sample_variance(const Row<double>& samples) {
  return (samples - samples.mean()).square().sum() / static_cast<double>(samples.size() - 1);
}

namespace detail {

inline void check_confidence(double confidence) {
  require(confidence > 0 && confidence < 1, "confidence", "in (0, 1)", confidence);
}

inline void check_not_empty(const Row<double>& numbers, const char* name) {
  if (numbers.size() == 0) throw DataError(message(name, ": expected at least one, found none"));
}

/// Throws ConfigError unless the ends are finite and in order.
inline void check_range(const char* name, const Interval& range) {
  if (!(range.lowest <= range.highest && std::isfinite(range.lowest) && std::isfinite(range.highest)))
    throw ConfigError(message(name, " must have finite ends in order, but is ", range.lowest, " to ", range.highest));
}

inline void check_samples(const Row<double>& samples, const Interval& range, double confidence) {
  check_confidence(confidence);
  check_not_empty(samples, "samples");
  check_range("range", range);
  for (Index i = 0; i < samples.size(); ++i)
    if (!range.contains(samples[i]))
      throw DataError(message("sample ", i, ": expected a number ", range.text(), ", found ", samples[i],
                              "; give a range known to hold all that could be drawn, or clip the samples to it"));
}

/// Returns whether the samples tell nothing about their spread: there is only one, or all are equal up to rounding.
template <class = void>
inline bool all_equal(const Row<double>& samples) {
  return samples.maxCoeff() - samples.minCoeff() <= 1e-9 * samples.abs().maxCoeff();
}

inline ConfidenceInterval around(double center, double half_width) {
  return {center - half_width, center + half_width};
}

}  // namespace detail

/// Returns mean ± t √(variance/n), where t is the quantile of Student's t with n − 1 degrees of freedom and the
/// variance is divided by n − 1. The interval is exact for normal samples and approximate for many samples of finite
/// variance. NaN for one sample, or if a sample is not finite. Throws ConfigError unless the confidence is in (0, 1),
/// DataError if there are no samples.
template <class = void>
[[nodiscard]] inline ConfidenceInterval student_t_interval(const Row<double>& samples, double confidence) {
  detail::check_confidence(confidence);
  detail::check_not_empty(samples, "samples");
  if (samples.size() < 2) return {};
  const auto n = static_cast<double>(samples.size());
  const double t = -student_t_quantile((1 - confidence) / 2, n - 1);
  return detail::around(samples.mean(), t * std::sqrt(sample_variance(samples) / n));
}

/// Returns mean ± R √(log(2/α)/(2n)), where R is the length of `range` and α = 1 − confidence (Hoeffding 1963,
/// "Probability inequalities for sums of bounded random variables", theorem 2). The interval is valid for every n and
/// every distribution on the range. It is not cut off at the ends of the range.
///
/// The range must be known without looking at the samples. With the range of the samples themselves nothing is
/// guaranteed. Throws ConfigError unless the confidence is in (0, 1) and the range is finite. Throws DataError if there
/// are no samples, or if a sample is outside the range, which it names.
template <class = void>
[[nodiscard]] inline ConfidenceInterval hoeffding_interval(const Row<double>& samples, const Interval& range,
                                                           double confidence) {
  detail::check_samples(samples, range, confidence);
  const auto n = static_cast<double>(samples.size());
  return detail::around(samples.mean(),
                        (range.highest - range.lowest) * std::sqrt(std::log(2 / (1 - confidence)) / (2 * n)));
}

/// Returns mean ± (√(2 variance L/n) + 7 R L/(3 (n − 1))), where L = log(4/α), the variance is divided by n − 1, and R
/// and α are those of `hoeffding_interval` (Maurer & Pontil 2009, "Empirical Bernstein bounds and sample variance
/// penalization", theorem 4, once for each side). The interval is as valid as Hoeffding's, and shorter if there are
/// many samples that vary far less than the range allows. NaN for one sample. Throws like `hoeffding_interval`.
template <class = void>
[[nodiscard]] inline ConfidenceInterval bernstein_interval(const Row<double>& samples, const Interval& range,
                                                           double confidence) {
  detail::check_samples(samples, range, confidence);
  if (samples.size() < 2) return {};
  const auto n = static_cast<double>(samples.size());
  const double log_term = std::log(4 / (1 - confidence));
  return detail::around(samples.mean(), std::sqrt(2 * sample_variance(samples) * log_term / n) +
                                            7 * (range.highest - range.lowest) * log_term / (3 * (n - 1)));
}

/// Returns an interval for the case that all n samples equal x. The other values in the `range` then have a total
/// probability of at most p = 1 − α^{1/(n − 1)}, about log(1/α)/n, where α = 1 − confidence. So the mean is between
/// (1 − p) x + p a and (1 − p) x + p b, where a and b are the ends of the range. This is the interval of Clopper and
/// Pearson ("The use of confidence or fiducial limits", 1934) for an event that was never seen, the "rule of three". It
/// has n − 1 in place of n because the first sample only determines x. The interval is valid for every n and every
/// distribution on the range, which must be known without looking at the samples. Throws like `hoeffding_interval`, and
/// DataError if the samples differ.
template <class = void>
[[nodiscard]] inline ConfidenceInterval equal_samples_interval(const Row<double>& samples, const Interval& range,
                                                               double confidence) {
  detail::check_samples(samples, range, confidence);
  if (!detail::all_equal(samples)) throw DataError("samples: expected equal ones, found others; use another interval");
  const auto others = static_cast<double>(samples.size() - 1);
  const double unseen = others > 0 ? -std::expm1(std::log1p(-confidence) / others) : 1;
  return {std::lerp(samples[0], range.lowest, unseen), std::lerp(samples[0], range.highest, unseen)};
}

/// Returns the smallest number of resamples for a bootstrap interval, 5/(1 − confidence): two and a half lie beyond
/// each end. For 95 % it is 100.
[[nodiscard]] inline Index fewest_resamples(double confidence) {
  detail::check_confidence(confidence);
  return static_cast<Index>(std::ceil((1 - 1e-9) * 5 / (1 - confidence)));
}

/// Throws ConfigError if there are fewer resamples than `fewest_resamples(confidence)`.
inline void check_resamples(Index resamples, double confidence) {
  const Index fewest = fewest_resamples(confidence);
  if (resamples < fewest)
    throw ConfigError(message("resamples must be at least ", fewest, " for an interval of confidence ", confidence,
                              ", but is ", resamples));
}

/// Fills `counts` with how often each of n items is drawn in n draws with replacement, where n is the size of `counts`,
/// below 2³².
inline void draw_resample(Generator& generator, Row<double>& counts) {
  counts.setZero();
  for (Index draw = 0; draw < counts.size(); ++draw) ++counts[generator.index(counts.size())];
}

/// Returns the number below which a share of the numbers in `sorted`, ascending, lies. Interpolates linearly between
/// order statistics: the first is at share 0, the last at share 1. Throws ConfigError unless the share is in [0, 1],
/// DataError if there are no numbers.
[[nodiscard]] inline double percentile(const Row<double>& sorted, double share) {
  require(share >= 0 && share <= 1, "share", "in [0, 1]", share);
  detail::check_not_empty(sorted, "sorted numbers");
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<Index>(position);
  const Index above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

namespace detail {

/// Sorts the replicates, which must be finite, and returns their percentile interval.
inline ConfidenceInterval sorted_interval(Row<double>& replicates, double confidence) {
  std::sort(replicates.begin(), replicates.end());
  return {percentile(replicates, (1 - confidence) / 2), percentile(replicates, (1 + confidence) / 2)};
}

/// Returns Σ l³/(6 (Σ l²)^{3/2}), or 0 if all l are 0. The l are divided by the largest of them, so that no power
/// leaves the range of doubles.
template <class = void>
inline double acceleration(const Row<double>& influences) {
  const double largest = influences.abs().maxCoeff();
  if (largest == 0) return 0;
  const Row<double> scaled = influences / largest;
  return scaled.cube().sum() / (6 * std::pow(scaled.square().sum(), 1.5));
}

/// Returns Φ(z₀ + (z₀ + z)/(1 − a (z₀ + z))), or its limit if the denominator is not positive.
inline double corrected_share(double bias, double acceleration, double z) {
  const double denominator = 1 - acceleration * (bias + z);
  if (denominator <= 0) return bias + z > 0 ? 1 : 0;
  return normal_cdf(bias + (bias + z) / denominator);
}

}  // namespace detail

/// Returns the interval from the percentile α/2 of the replicates to the percentile 1 − α/2, where α = 1 − confidence
/// (Efron 1981, "Nonparametric standard errors and confidence intervals"). A replicate is the estimate from one
/// resample.
///
/// NaN if a replicate is not finite: an estimate that does not exist for some resamples has no bootstrap distribution.
/// Throws ConfigError unless the confidence is in (0, 1), DataError if there are no replicates.
template <class = void>
[[nodiscard]] inline ConfidenceInterval percentile_interval(Row<double> replicates, double confidence) {
  detail::check_confidence(confidence);
  detail::check_not_empty(replicates, "replicates");
  if (!replicates.isFinite().all()) return {};
  return detail::sorted_interval(replicates, confidence);
}

/// Returns the bias-corrected and accelerated interval (Efron 1987, "Better bootstrap confidence intervals"). Its ends
/// are the percentiles Φ(z₀ + (z₀ + z)/(1 − a (z₀ + z))) of the replicates, where z is the normal quantile of α/2 and
/// of 1 − α/2. Φ(z₀) is the share of replicates below the estimate, where equal ones count half. a = Σ l³/(6
/// (Σ l²)^{3/2}) is computed from the empirical influences l: l is, up to a factor, by how much the estimate rises with
/// the weight of each sample. The influences sum to zero.
///
/// With z₀ = a = 0 it is `percentile_interval`. If all influences are zero, a = 0. If all replicates lie on one side of
/// the estimate, z₀ is infinite, and the result is the percentile interval, extended to contain the estimate. NaN if a
/// replicate, the estimate or an influence is not finite. Throws ConfigError unless the confidence is in (0, 1),
/// DataError if there are no replicates or no influences.
template <class = void>
[[nodiscard]] inline ConfidenceInterval bca_interval(Row<double> replicates, double estimate,
                                                     const Row<double>& influences, double confidence) {
  detail::check_confidence(confidence);
  detail::check_not_empty(replicates, "replicates");
  detail::check_not_empty(influences, "influences");
  if (!replicates.isFinite().all() || !std::isfinite(estimate) || !influences.isFinite().all()) return {};
  const ConfidenceInterval plain = detail::sorted_interval(replicates, confidence);
  const auto below = static_cast<double>((replicates < estimate).count());
  const auto equal = static_cast<double>((replicates == estimate).count());
  const double share = (below + equal / 2) / static_cast<double>(replicates.size());
  if (share == 0 || share == 1) return {std::min(plain.lower, estimate), std::max(plain.upper, estimate)};
  const double bias = normal_quantile(share);
  const double acceleration = detail::acceleration(influences);
  const double z = -normal_quantile((1 - confidence) / 2);
  return {percentile(replicates, detail::corrected_share(bias, acceleration, -z)),
          percentile(replicates, detail::corrected_share(bias, acceleration, z))};
}

#ifdef HOLDFAST_EXTERN
extern template double sample_variance<void>(const Row<double>&);
extern template ConfidenceInterval student_t_interval<void>(const Row<double>&, double);
extern template ConfidenceInterval hoeffding_interval<void>(const Row<double>&, const Interval&, double);
extern template ConfidenceInterval bernstein_interval<void>(const Row<double>&, const Interval&, double);
extern template ConfidenceInterval equal_samples_interval<void>(const Row<double>&, const Interval&, double);
extern template ConfidenceInterval percentile_interval<void>(Row<double>, double);
extern template ConfidenceInterval bca_interval<void>(Row<double>, double, const Row<double>&, double);
#endif

}  // namespace holdfast
