/// \file
/// MAGIC: a blend of the direct method and weighted doubly robust, chosen from the data (Thomas and Brunskill,
/// "Data-efficient off-policy policy evaluation for reinforcement learning", ICML 2016).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/linear_systems.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/stepwise.hpp"

namespace holdfast {

/// Settings of MAGIC.
struct MagicOptions {
  Index returns = 25;       ///< largest number of the T + 1 partial returns to blend, evenly spread; at least 2
  Index resamples = 200;    ///< number of bootstrap resamples for the bias, at least fewest_resamples(confidence)
  double confidence = 0.5;  ///< confidence level of the interval outside which a return counts as biased, in (0, 1)
  std::uint64_t seed = 0;

  /// Throws ConfigError if an option is out of range.
  void validate() const {
    require(returns >= 2, "returns", "at least 2", returns);
    check_resamples(resamples, confidence);
  }
};

namespace detail {

/// Returns the x ≥ 0 with Σ x = 1 and the smallest xᵀ M x, for a positive semidefinite M. It solves the non-negative
/// least-squares problem (Lawson and Hanson 1974) of minimizing uᵀ M u + (Σ u − 1)², whose solution is a multiple of x.
template <class Real>
[[nodiscard]] Vector<Real> smallest_on_simplex(Matrix<Real> m) {
  const Index size = m.rows();
  const double scale = std::max(m.trace() / static_cast<double>(size), std::numeric_limits<double>::min());
  m = m / scale + Matrix<Real>::Ones(size, size);  // the solution does not depend on the scale of M
  Vector<Real> x = Vector<Real>::Zero(size);
  std::vector<Index> active;
  const auto solve_active = [&] {
    const Matrix<Real> part = m(active, active);
    return Vector<Real>(solve_gram<Real>(part, Vector<Real>::Ones(part.rows())));
  };
  for (Index round = 0; round < 10 * size; ++round) {
    Vector<Real> open = Vector<Real>::Ones(size) - m * x;  // how steeply raising each entry lowers the objective
    for (const Index i : active) open[i] = -1;
    Index best = 0;
    if (open.maxCoeff(&best) <= 1e-12) break;
    active.push_back(best);
    for (;;) {
      const Vector<Real> solved = solve_active();
      if ((solved.array() > 0).all()) {
        x.setZero();
        for (Index k = 0; k < solved.size(); ++k) x[active[static_cast<std::size_t>(k)]] = solved[k];
        break;
      }
      double step = 1;
      for (Index k = 0; k < solved.size(); ++k)
        if (const double from = x[active[static_cast<std::size_t>(k)]]; solved[k] <= 0)
          step = std::min(step, from / (from - solved[k]));
      for (Index k = 0; k < solved.size(); ++k) {
        double& entry = x[active[static_cast<std::size_t>(k)]];
        entry += step * (solved[k] - entry);
      }
      std::erase_if(active, [&](Index i) { return !(x[i] > 1e-15); });
      if (active.empty()) break;
    }
  }
  return x / x.sum();
}

}  // namespace detail

/// Returns the weights of J returns in the blend: the x ≥ 0 with Σ x = 1 and the smallest xᵀ (Ω + b bᵀ) x. `returns`
/// (n×J) holds their contributions, whose column sums are the returns. Ω is the covariance of the returns, and b is how
/// far each return lies outside `interval`. The last return is taken to be unbiased up to `interval`.
template <class Real>
[[nodiscard]] Vector<Real> magic_blend(const Matrix<Real>& returns, ConfidenceInterval interval) {
  const auto count = static_cast<double>(returns.rows());
  const Matrix<Real> centered = returns.rowwise() - returns.colwise().mean();
  Matrix<Real> risk = count / (count - 1) * centered.transpose() * centered;
  const Vector<Real> totals = returns.colwise().sum().transpose();
  const Vector<Real> bias = (totals.array() - interval.upper).max(0).max(interval.lower - totals.array()).matrix();
  risk += bias * bias.transpose();
  return detail::smallest_on_simplex(std::move(risk));
}

/// Returns the factors f_t that make a StepwiseEvaluator MAGIC, 1×T. They are 0, the direct method, if there is only
/// one trajectory or fewer than two resamples have a positive weight. `weighted` is the self-normalized doubly robust
/// evaluator of the same log. Throws ConfigError if an option is out of range.
template <class Real>
[[nodiscard]] Row<Real> magic_fade(const StepwiseEvaluatorOf<Real>& weighted, const MagicOptions& options = {}) {
  options.validate();
  const Index longest = weighted.longest();
  if (weighted.samples().size() < 2) return Row<Real>::Zero(longest);
  // A return of length j weights the first j steps: length 0 is the direct method, length T is weighted doubly robust.
  const Index count = std::min(options.returns, longest + 1);
  std::vector<Index> lengths;
  for (Index j = 0; j < count; ++j) lengths.push_back(j * longest / (count - 1));
  Row<Real> replicates = bootstrap(weighted, options.resamples, options.seed, Stream::blending);
  const auto end =
      std::remove_if(replicates.begin(), replicates.end(), [](double each) { return !std::isfinite(each); });
  // Drops resamples without any positive weight.
  replicates.conservativeResize(static_cast<Index>(end - replicates.begin()));
  if (replicates.size() < 2) return Row<Real>::Zero(longest);
  const ConfidenceInterval interval = percentile_interval(replicates, options.confidence);
  const Vector<Real> blend = magic_blend(weighted.partial_returns(lengths), interval);
  Row<Real> fade = Row<Real>::Zero(longest);
  for (Index j = 0; j < count; ++j) fade.head(lengths[static_cast<std::size_t>(j)]) += blend[j];
  return fade;
}

#ifdef HOLDFAST_EXTERN
extern template Row<double> magic_fade<double>(const StepwiseEvaluatorOf<double>&, const MagicOptions&);
#endif

}  // namespace holdfast
