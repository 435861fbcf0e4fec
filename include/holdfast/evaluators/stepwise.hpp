/// \file
/// The estimators that weight each step, as one formula: the direct method, per-decision importance sampling, doubly
/// robust, and MAGIC.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/importance_weights.hpp"

namespace holdfast {

/// The divisor of a sum of weighted terms.
enum class Weighting {
  ordinary,        ///< the number of trajectories: unbiased if the weights are right
  self_normalized  ///< the sum of the weights: biased, consistent, and within the range of the data
};

/// An estimate that starts from Q's values of the initial states and adds the weighted errors of Q at each step,
///
///     Ĵ = mean_i V(s_0^i) + Σ_t γ^t f_t Σ_i W_t^i δ_t^i / D_t,   δ = r + γ V(s′) − Q(s, a),
///
/// where D_t = n, or Σ_i W_t^i if it is self-normalized. It is
///   - the direct method if f = 0;
///   - doubly robust if f = 1: the recursion V̂_t = V(s_t) + ρ_t (r_t + γ V̂_{t+1} − Q(s_t, a_t)) of Jiang and Li
///     ("Doubly robust off-policy value evaluation for reinforcement learning", ICML 2016), whose terms are the same in
///     another order; self-normalized, it is the weighted doubly robust estimator of Thomas and Brunskill (ICML 2016);
///   - per-decision importance sampling (Precup, Sutton and Singh, ICML 2000) if f = 1 and Q = V = 0;
///   - MAGIC with the f of magic.hpp, which decreases from 1.
///
/// If Q is exact and the process deterministic, every δ is 0 and the estimate from every trajectory is V(s_0), whatever
/// the weights are, even capped or wrong ones.
template <class Real>
class StepwiseEvaluatorOf {
  static_assert(std::same_as<Real, double>, "holdfast: a StepwiseEvaluator computes in double");

 public:
  /// `weights` must outlive the evaluator. `fade` is f, 1×T, or empty for 1. Throws DataError if `fade` has another
  /// size, or if `values` do not belong to the log or are not finite.
  StepwiseEvaluatorOf(const EvaluationLog& log, const ImportanceWeights& weights, const ActionValues& values,
                      Weighting weighting, Row<Real> fade = {})
      : weights_(&weights),
        differences_(temporal_differences(log, values)),
        initial_(values.initial),
        factors_(fade.size() > 0 ? std::move(fade) : Row<Real>::Ones(weights.longest())),
        self_normalized_(weighting == Weighting::self_normalized) {
    if (factors_.size() != weights.longest())
      throw DataError(message("fade: expected ", weights.longest(), " steps, found ", factors_.size()));
    double discount = 1;
    for (double& factor : factors_) {
      factor *= discount;
      discount *= log.estimand.discount;
    }
    if (self_normalized_)
      linearize();
    else
      sum_up();
  }
  StepwiseEvaluatorOf(const EvaluationLog& log, const ImportanceWeights&& weights, const ActionValues& values,
                      Weighting weighting, Row<Real> fade = {}) = delete;  // a temporary would dangle

  /// Returns the estimate; NaN if it is self-normalized and at some time no weight is positive.
  [[nodiscard]] double value() const { return value_; }

  /// Returns each trajectory's contribution, 1×n; their mean is the estimate. Those of a self-normalized estimate are
  /// linearized around it (delta method): their standard deviation over √n is its standard error.
  [[nodiscard]] const Row<Real>& samples() const { return samples_; }

  /// Returns the approximate cost of `resampled`.
  [[nodiscard]] Index operations() const { return self_normalized_ ? 8 * differences_.size() : samples_.size(); }

  /// Returns T, the number of steps of the longest trajectory.
  [[nodiscard]] Index longest() const { return weights_->longest(); }

  /// Returns what each trajectory adds to the estimate if only the first `lengths` steps count and V stands for the
  /// rest, n×J; the column sums are these J estimates. `lengths` must be ascending, and the evaluator self-normalized
  /// with f = 1.
  [[nodiscard]] Matrix<Real> partial_returns(const std::vector<Index>& lengths) const {
    Row<Real> means;
    Row<Real> sums;
    weighted_sums(Row<Real>::Ones(weights_->size()), means, sums);
    const Row<Real> steps = (factors_ == 0).select(0.0, factors_ / sums);
    Matrix<Real> returns(weights_->size(), static_cast<Index>(lengths.size()));
    for (Index i = 0; i < weights_->size(); ++i) {
      const TrajectoryRange& range = weights_->trajectory(i);
      double total = initial_(i) / static_cast<double>(weights_->size());
      Index t = 0;
      for (Index j = 0; j < returns.cols(); ++j) {
        for (const Index end = std::min(range.size(), lengths[static_cast<std::size_t>(j)]); t < end; ++t)
          total += steps(t) * weights_->relative()(range.begin + t) * differences_(range.begin + t);
        returns(i, j) = total;
      }
    }
    return returns;
  }

  /// Returns the estimate if each trajectory had been recorded `counts` times, 1×n, n in total. Self-normalizers are
  /// those of the resample.
  [[nodiscard]] double resampled(const Row<Real>& counts) const {
    const auto count = static_cast<double>(weights_->size());
    if (!self_normalized_) return (counts * samples_).sum() / count;
    Row<Real> differences;
    Row<Real> sums;
    weighted_sums(counts, differences, sums);
    return (counts * initial_).sum() / count + (factors_ * faded(differences, sums)).sum();
  }

 private:
  // Steps with f = 0 contribute nothing, and their sum of weights may be 0.
  [[nodiscard]] Row<Real> faded(const Row<Real>& differences, const Row<Real>& sums) const {
    return (factors_ == 0).select(0.0, differences / sums);
  }

  // Computes Σ_i c_i W_t δ_t and Σ_i c_i W_t, relative to the scale of each time, 1×T.
  void weighted_sums(const Row<Real>& counts, Row<Real>& differences, Row<Real>& sums) const {
    differences.setZero(weights_->longest());
    sums.setZero(weights_->longest());
    Row<Real> ending = Row<Real>::Zero(weights_->longest() + 1);
    for (Index i = 0; i < weights_->size(); ++i) {
      if (counts(i) == 0) continue;
      const TrajectoryRange& range = weights_->trajectory(i);
      const auto own = weights_->relative().segment(range.begin, range.size());
      differences.head(range.size()) += counts(i) * own * differences_.segment(range.begin, range.size());
      sums.head(range.size()) += counts(i) * own;
      ending(range.size()) += counts(i) * weights_->ended()(i);
    }
    double ended = 0;
    for (Index t = 0; t < weights_->longest(); ++t) {
      ended += ending(t);
      sums(t) += ended * weights_->carry(t);
      ended *= weights_->rescale(t);
    }
  }

  void sum_up() {
    samples_ = initial_;
    // Steps with f = 0 contribute nothing, even if their weights overflow.
    const Row<Real> scales = (factors_ == 0).select(0.0, factors_ * weights_->log_scale().exp());
    for (Index i = 0; i < weights_->size(); ++i) {
      const TrajectoryRange& range = weights_->trajectory(i);
      for (Index t = 0; t < range.size(); ++t)
        if (const double term = weights_->relative()(range.begin + t) * differences_(range.begin + t); term != 0)
          samples_(i) += scales(t) * term;
    }
    value_ = samples_.mean();
  }

  void linearize() {
    Row<Real> means;
    Row<Real> sums;
    weighted_sums(Row<Real>::Ones(weights_->size()), means, sums);
    means = faded(means, sums);
    value_ = initial_.mean() + (factors_ * means).sum();
    // `after` is what a trajectory that has ended still adds to the sums of weights: Σ_{u ≥ t} over later steps,
    // computed backwards.
    const auto count = static_cast<double>(weights_->size());
    const Row<Real> steps = (factors_ == 0).select(0.0, count * factors_ / sums);
    Row<Real> after = Row<Real>::Zero(weights_->longest() + 1);
    for (Index t = weights_->longest() - 1; t >= 0; --t)
      after(t) = steps(t) * means(t) * weights_->carry(t) + weights_->rescale(t) * after(t + 1);
    samples_ = initial_ + (factors_ * means).sum();
    for (Index i = 0; i < weights_->size(); ++i) {
      const TrajectoryRange& range = weights_->trajectory(i);
      const Index size = range.size();
      samples_(i) += (steps.head(size) * weights_->relative().segment(range.begin, size) *
                      (differences_.segment(range.begin, size) - means.head(size)))
                         .sum() -
                     weights_->ended()(i) * after(size);
    }
  }

  const ImportanceWeights* weights_;
  Row<Real> differences_;  // 1×N
  Row<Real> initial_;      // 1×n
  Row<Real> factors_;      // 1×T, γ^t f_t
  Row<Real> samples_;      // 1×n
  double value_ = 0;
  bool self_normalized_;
};

using StepwiseEvaluator = StepwiseEvaluatorOf<double>;

#ifdef HOLDFAST_EXTERN
extern template class StepwiseEvaluatorOf<double>;
#endif

}  // namespace holdfast
