/// \file
/// The probabilities with which Bernoulli Thompson sampling that shows several items gives each item each rank.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/quantiles.hpp"

namespace bandit {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// Beta(α, β), the belief about a click rate.
struct BetaPrior {
  double alpha = 1;
  double beta = 1;

  [[nodiscard]] double mean() const { return alpha / (alpha + beta); }
  [[nodiscard]] double deviation() const { return std::sqrt(mean() * (1 - mean()) / (alpha + beta + 1)); }

  /// Returns the density at x in (0, 1). The logarithms of Γ cancel except for a few digits, so they are computed with
  /// more digits.
  [[nodiscard]] double density(double x) const {
    using Long = long double;
    const Long log_scale = std::lgamma(Long{alpha} + Long{beta}) - std::lgamma(Long{alpha}) - std::lgamma(Long{beta});
    return std::exp((alpha - 1) * std::log(x) + (beta - 1) * std::log1p(-x) + static_cast<double>(log_scale));
  }
  /// Returns P(θ > x) for x in (0, 1).
  [[nodiscard]] double tail(double x) const {
    const double slope = x * (1 - x) * density(x);
    if (x < mean()) return 1 - slope / holdfast::incomplete_beta_fraction(alpha, beta, x, 1 - x);
    return slope / holdfast::incomplete_beta_fraction(beta, alpha, 1 - x, x);
  }
};

namespace detail {

/// Adds an event of this probability to `counts`, in which counts(r) is the probability that exactly r of some
/// independent events happen: the recursion of the Poisson-binomial distribution.
inline void add_event(double chance, Vector<double>& counts) {
  for (Index r = counts.size() - 1; r > 0; --r) counts(r) = counts(r) * (1 - chance) + counts(r - 1) * chance;
  counts(0) *= 1 - chance;
}

}  // namespace detail

/// Returns e(k, r), the probability that item k has the r-th largest of the θ, K×ranks, where θ_k ~ Beta(α_k, β_k) are
/// independent. Thompson sampling that shows the largest in order shows item k at rank r with this probability. Each
/// column sums to 1.
///
/// It is ∫ f_k(x) P(exactly r of the others are above x) dx, computed by the midpoint rule. The error is about 1e-12 if
/// the integrand and its derivatives vanish at both ends, as with many items whose α is above 1. Throws ConfigError
/// unless there are at least as many items as ranks and all parameters are at least 1.
[[nodiscard]] inline Matrix<double> rank_probabilities(const std::vector<BetaPrior>& priors, Index ranks) {
  const auto items = static_cast<Index>(priors.size());
  require(ranks >= 1 && ranks <= items, "ranks", "at least 1 and at most the number of items", ranks);
  double step = 1;
  double end = 0;  // no θ is beyond this, up to rounding
  for (const BetaPrior& prior : priors) {
    require(prior.alpha >= 1, "alpha", "at least 1", prior.alpha);
    require(prior.beta >= 1, "beta", "at least 1", prior.beta);
    step = std::min(step, prior.deviation() / 8);
    double own = prior.mean();
    while (own < 1 && prior.tail(own) > 1e-17) own += prior.deviation();
    end = std::max(end, std::min(own, 1.0));
  }
  const auto nodes = static_cast<Index>(std::ceil(end / step));
  step = end / static_cast<double>(nodes);

  Matrix<double> chances = Matrix<double>::Zero(items, ranks);
  Vector<double> above(items);
  Vector<double> counts(ranks);
  for (Index node = 0; node < nodes; ++node) {
    const double x = (static_cast<double>(node) + 0.5) * step;
    for (Index k = 0; k < items; ++k) above(k) = priors[static_cast<std::size_t>(k)].tail(x);
    for (Index k = 0; k < items; ++k) {
      counts = Vector<double>::Unit(ranks, 0);
      for (Index other = 0; other < items; ++other)
        if (other != k) detail::add_event(above(other), counts);
      chances.row(k) += step * priors[static_cast<std::size_t>(k)].density(x) * counts.transpose();
    }
  }
  return chances;
}

}  // namespace bandit
