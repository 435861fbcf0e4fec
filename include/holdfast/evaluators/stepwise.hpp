/// \file
/// The estimators that weigh each step: the direct method, per-decision importance sampling, doubly robust, and what
/// blends them, as one formula.
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

/// What a sum of weighted terms is divided by.
enum class Weighting {
  ordinary,        ///< the number of trajectories: unbiased where the weights are right
  self_normalized  ///< the sum of the weights: biased, consistent, and within the range of what was seen
};

/// An estimate that is built up from what Q says of the initial states, and how wrong it was at each step,
///
///     Ĵ = mean_i V(s_0^i) + Σ_t γ^t f_t Σ_i W_t^i δ_t^i / D_t,   δ = r + γ V(s′) − Q(s, a),
///
/// D_t = n, or Σ_i W_t^i where it is self-normalized. It is
///   - the direct method where f = 0;
///   - doubly robust where f = 1: the recursion V̂_t = V(s_t) + ρ_t (r_t + γ V̂_{t+1} − Q(s_t, a_t)) of Jiang and Li
///     ("Doubly robust off-policy value evaluation for reinforcement learning", ICML 2016), whose terms are the same in
///     another order; self-normalized, the weighted doubly robust of Thomas and Brunskill (ICML 2016);
///   - per-decision importance sampling (Precup, Sutton and Singh, ICML 2000) where, besides, Q = V = 0;
///   - MAGIC with the f of magic.hpp, which falls from 1.
///
/// Whatever the weights, even capped or wrong ones: where Q is exact and the process deterministic every δ is 0, and
/// the estimate of every trajectory is V(s_0).
template <class Real>
class StepwiseEvaluatorOf {
  static_assert(std::same_as<Real, double>, "holdfast: a StepwiseEvaluator computes in double");

 public:
  /// `weights` must outlive the evaluator. `fade` is f, 1×T, or empty for 1. Throws DataError where `values` are not of
  /// the log, or not finite.
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
                      Weighting weighting, Row<Real> fade = {}) = delete;  // they would be gone

  /// The estimate; NaN where it is self-normalized and at some time no weight is positive.
  [[nodiscard]] double value() const { return value_; }

  /// What each trajectory says, 1×n, their mean the estimate. Self-normalized ones are linearized around it, by the
  /// delta method: their standard deviation over √n is the estimate's standard error.
  [[nodiscard]] const Row<Real>& samples() const { return samples_; }

  /// What `resampled` costs, roughly.
  [[nodiscard]] Index operations() const { return self_normalized_ ? 8 * differences_.size() : samples_.size(); }

  /// T, the steps of the longest trajectory.
  [[nodiscard]] Index longest() const { return weights_->longest(); }

  /// Of a self-normalized evaluator whose f is 1, what each trajectory adds to the estimate if only the first `lengths`
  /// steps count, in ascending order, and V speaks for the rest, n×J: column sums are those estimates.
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

  /// The estimate if each trajectory had been recorded `counts` times, 1×n, n in all: self-normalizers are those of the
  /// resample.
  [[nodiscard]] double resampled(const Row<Real>& counts) const {
    const auto count = static_cast<double>(weights_->size());
    if (!self_normalized_) return (counts * samples_).sum() / count;
    Row<Real> differences;
    Row<Real> sums;
    weighted_sums(counts, differences, sums);
    return (counts * initial_).sum() / count + (factors_ * faded(differences, sums)).sum();
  }

 private:
  // Where nothing counts any more a sum of weights may be 0.
  [[nodiscard]] Row<Real> faded(const Row<Real>& differences, const Row<Real>& sums) const {
    return (factors_ == 0).select(0.0, differences / sums);
  }

  // Σ_i c_i W_t δ_t and Σ_i c_i W_t, relative to the scale of each time, 1×T.
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
    // What does not count has no weight, even one that no number can hold.
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
    // What a trajectory that has ended still adds to the sums of weights: Σ_{u ≥ t} of what follows, from behind.
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
