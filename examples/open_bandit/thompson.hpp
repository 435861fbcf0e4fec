/// \file
/// Bernoulli Thompson sampling that shows several items: how likely it gives each item each rank.
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

/// Beta(α, β), what is believed of a click rate.
struct BetaPrior {
  double alpha = 1;
  double beta = 1;

  [[nodiscard]] double mean() const { return alpha / (alpha + beta); }
  [[nodiscard]] double deviation() const { return std::sqrt(mean() * (1 - mean()) / (alpha + beta + 1)); }

  /// The density at x in (0, 1). Of logarithms of Γ all but a few digits cancel: they are taken with more.
  [[nodiscard]] double density(double x) const {
    using Long = long double;
    const Long log_scale = std::lgamma(Long{alpha} + Long{beta}) - std::lgamma(Long{alpha}) - std::lgamma(Long{beta});
    return std::exp((alpha - 1) * std::log(x) + (beta - 1) * std::log1p(-x) + static_cast<double>(log_scale));
  }
  /// P(θ > x), x in (0, 1).
  [[nodiscard]] double tail(double x) const {
    const double slope = x * (1 - x) * density(x);
    if (x < mean()) return 1 - slope / holdfast::incomplete_beta_fraction(alpha, beta, x, 1 - x);
    return slope / holdfast::incomplete_beta_fraction(beta, alpha, 1 - x, x);
  }
};

namespace detail {

/// P(exactly r of some independent events happen), for each r below a number, while events come one by one: the
/// Poisson-binomial distribution by its recursion.
inline void add_event(double chance, Vector<double>& counts) {
  for (Index r = counts.size() - 1; r > 0; --r) counts(r) = counts(r) * (1 - chance) + counts(r - 1) * chance;
  counts(0) *= 1 - chance;
}

}  // namespace detail

/// e(k, r) = P(item k has the r-th largest of the θ), θ_k ~ Beta(α_k, β_k) drawn independently, K×ranks: what Thompson
/// sampling that shows the largest in order puts where. Each column sums to 1.
///
/// It is ∫ f_k(x) P(exactly r of the others are above x) dx, by the midpoint rule: to about 1e-12 where the integrand
/// vanishes at both ends with its derivatives, as with many items whose α is above 1. Throws ConfigError unless there
/// are as many items as ranks and all parameters are at least 1.
[[nodiscard]] inline Matrix<double> rank_probabilities(const std::vector<BetaPrior>& priors, Index ranks) {
  const auto items = static_cast<Index>(priors.size());
  require(ranks >= 1 && ranks <= items, "ranks", "at least 1 and at most the number of items", ranks);
  double step = 1;
  double end = 0;  // beyond which there is nobody
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
