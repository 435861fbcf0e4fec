/// \file
/// The distribution functions and quantiles of the normal distribution and of Student's t, for intervals and tests.
///
/// Relative errors are below 1e-12, also in the far tails and for quantiles near zero. For quantiles with fewer than
/// 0.01 degrees of freedom they may be larger.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "holdfast/core/errors.hpp"

namespace holdfast {

/// Returns x^a y^b / (B(a, b) I_x(a, b)) for x = 1 − y below the mean a/(a + b), where it converges fast. It evaluates
/// the continued fraction of the regularized incomplete beta function (DiDonato & Morris 1992, "Significant digit
/// computation of the incomplete beta function ratios", their BFRAC), which loses no digits if x is close to 1, by
/// Lentz's method.
[[nodiscard]] inline double incomplete_beta_fraction(double a, double b, double x, double y) {
  const auto denominator = [&](double n) {
    return n + n * (b - n) * x / (a + 2 * n - 1) + (a + n) * (a * y - b * x + 1 + n * (1 + y)) / (a + 2 * n + 1);
  };
  double fraction = a * (a * y - b * x + 1) / (a + 1);
  double upper = fraction;
  double lower = 0;
  for (double n = 1; n < 1e6; ++n) {
    const double scaled = x / (a + 2 * n - 1);
    const double numerator = (a + n - 1) * (a + b + n - 1) * n * (b - n) * scaled * scaled;
    const double next = denominator(n);
    upper = next + numerator / upper;
    lower = 1 / (next + numerator * lower);
    fraction *= upper * lower;
    if (std::abs(upper * lower - 1) < 4 * std::numeric_limits<double>::epsilon()) break;
  }
  return fraction;
}

namespace detail {

/// Returns Γ(x + 1/2)/Γ(x) for x > 0. Uses Stirling's series at a large argument, where it is exact up to rounding, and
/// Γ(x + 1) = x Γ(x) from there back to x. The difference of two log Γ would lose all digits at large x.
inline double gamma_ratio(double x) {
  double back = 1;
  for (; x < 25; ++x) back *= x / (x + 0.5);
  const double y = 1 / (x * x);
  return back * std::sqrt(x) * std::exp((-1.0 / 8 + y * (1.0 / 192 + y * (-1.0 / 640 + y * 17 / 14336))) / x);
}

/// The standard normal distribution: P(X > x) is `tail`, P(0 < X ≤ x) is `center`, and x times the density at x is
/// `slope`, all for x > 0. The density at 0 is `peak`.
struct NormalDistribution {
  static double tail(double x) { return std::erfc(x * inverse_root_two) / 2; }
  static double center(double x) { return std::erf(x * inverse_root_two) / 2; }
  static double slope(double x) { return x * peak() * std::exp(-x * x / 2); }
  static double peak() { return std::numbers::inv_sqrtpi * inverse_root_two; }
  /// Returns a number whose tail is at most `share`, for a share up to 1/2.
  static double far_enough(double share) { return std::sqrt(-2 * std::log(2 * share)); }

  static constexpr double inverse_root_two = std::numbers::sqrt2 / 2;
};

/// Student's t, with the same members as NormalDistribution. With z = 1/(1 + x²/degrees), the tail is
/// I_z(degrees/2, 1/2)/2 and the center I_{1−z}(1/2, degrees/2)/2.
struct StudentDistribution {
  double degrees;

  [[nodiscard]] double tail(double x) const {
    if (nearly_normal()) return series(x, NormalDistribution::tail, 1);
    return x > 1 ? beyond(x) : 0.5 - within(x);
  }
  [[nodiscard]] double center(double x) const {
    if (nearly_normal()) return series(x, NormalDistribution::center, -1);
    return x > 1 ? 0.5 - beyond(x) : within(x);
  }
  /// Returns x times the density at x, which is also z^(degrees/2) (1 − z)^(1/2) / B(degrees/2, 1/2).
  [[nodiscard]] double slope(double x) const {
    const double log_z = -log_of_kernel(x);
    return gamma_ratio(degrees / 2) * std::numbers::inv_sqrtpi * std::sqrt(-std::expm1(log_z)) *
           std::exp(log_z * degrees / 2);
  }
  [[nodiscard]] double peak() const { return gamma_ratio(degrees / 2) * std::numbers::inv_sqrtpi / std::sqrt(degrees); }
  /// Returns a number whose tail is at most `share`, because I_z(a, 1/2) ≤ I_z(a, 1) = z^a.
  [[nodiscard]] double far_enough(double share) const {
    const double half = -std::log(2 * share) / degrees;
    return std::sqrt(-degrees * std::expm1(-2 * half)) * std::exp(half);
  }

 private:
  /// Returns whether the continued fraction would need many steps and the series only few terms.
  [[nodiscard]] bool nearly_normal() const { return degrees > 1e5; }

  /// Returns log(1 + x²/degrees).
  [[nodiscard]] double log_of_kernel(double x) const {
    const double ratio = x / std::sqrt(degrees);
    return ratio < 1 ? std::log1p(ratio * ratio) : 2 * std::log(ratio) + std::log1p(1 / (ratio * ratio));
  }

  [[nodiscard]] double beyond(double x) const {
    const double log_z = -log_of_kernel(x);
    return slope(x) / 2 / incomplete_beta_fraction(degrees / 2, 0.5, std::exp(log_z), -std::expm1(log_z));
  }
  [[nodiscard]] double within(double x) const {
    const double log_z = -log_of_kernel(x);
    return slope(x) / 2 / incomplete_beta_fraction(0.5, degrees / 2, -std::expm1(log_z), std::exp(log_z));
  }

  /// Returns the tail (sign 1) or the center (sign −1) as a series. In w = √(degrees log(1 + x²/degrees)) the density
  /// is proportional to exp(−w²/2) √(u/(1 − exp(−u))), u = w²/degrees. Each power of u gives a normal integral, which
  /// follows from the one before it by integration by parts.
  [[nodiscard]] double series(double x, double (*normal)(double), double sign) const {
    const double w = std::sqrt(degrees * log_of_kernel(x));
    double boundary = sign * w * std::exp(-w * w / 2);
    double integral = normal(w) / NormalDistribution::peak();
    double sum = integral;
    double scale = 1;
    double odd = 1;
    for (const double coefficient : {1.0 / 4, 1.0 / 96, -1.0 / 384, -1.0 / 10240}) {
      integral = boundary + odd * integral;
      boundary *= w * w;
      odd += 2;
      scale /= degrees;
      sum += coefficient * scale * integral;
    }
    return peak() * sum;
  }
};

/// Returns the x > 0 for which P(X > x) = share, with share in (0, 1/2]; infinity if x is beyond the largest number.
///
/// Uses Newton's method on the logarithm of the tail, or of the center if the share is large, as a function of log x.
/// Both are concave, because x times the density over either mass is monotone. From a start on one side of the
/// solution, steps never overshoot it.
template <class Distribution>
double positive_quantile(const Distribution& distribution, double share) {
  if (share == 0.5) return 0;
  const bool far = share < 0.25;
  const double mass = far ? std::max(share, std::numeric_limits<double>::min()) : 0.5 - share;
  double x = far ? distribution.far_enough(mass) : mass / distribution.peak();
  for (int step = 0; step < 200 && std::isfinite(x); ++step) {
    const double found = far ? distribution.tail(x) : distribution.center(x);
    const double change = std::log(found / mass) * found / distribution.slope(x);
    x *= std::exp(far ? change : -change);
    if (std::abs(change) < 1e-8) break;  // the remaining error is about the square of this
  }
  return x;
}

template <class Distribution>
double quantile(const Distribution& distribution, double p) {
  require(p > 0 && p < 1, "p", "in (0, 1)", p);
  return p < 0.5 ? -positive_quantile(distribution, p) : positive_quantile(distribution, 1 - p);
}

inline void check_degrees(double degrees) {
  require(degrees > 0 && std::isfinite(degrees), "degrees", "positive and finite", degrees);
}

}  // namespace detail

/// Returns P(X ≤ x) for a standard normal X.
[[nodiscard]] inline double normal_cdf(double x) {
  return std::erfc(-x * detail::NormalDistribution::inverse_root_two) / 2;
}

/// Returns the x with normal_cdf(x) = p. A p below 2e-308, the smallest normal number, counts as that number. Throws
/// ConfigError unless p is in (0, 1).
[[nodiscard]] inline double normal_quantile(double p) { return detail::quantile(detail::NormalDistribution{}, p); }

/// Returns P(T ≤ t) for Student's t with these degrees of freedom, which need not be whole. Throws ConfigError unless
/// they are positive and finite.
[[nodiscard]] inline double student_t_cdf(double t, double degrees) {
  detail::check_degrees(degrees);
  if (t == 0) return 0.5;
  if (std::isinf(t)) return t > 0 ? 1 : 0;
  const double tail = detail::StudentDistribution{degrees}.tail(std::abs(t));
  return t > 0 ? 1 - tail : tail;
}

/// Returns the t with student_t_cdf(t, degrees) = p. It is infinite if it is beyond the largest number, as can happen
/// with degrees near zero. A p below 2e-308 counts as that number. Throws ConfigError unless p is in (0, 1) and the
/// degrees are positive and finite.
[[nodiscard]] inline double student_t_quantile(double p, double degrees) {
  detail::check_degrees(degrees);
  return detail::quantile(detail::StudentDistribution{degrees}, p);
}

}  // namespace holdfast
