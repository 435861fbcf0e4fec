/// \file
/// Importance sampling of whole trajectories, ordinary and self-normalized.
#pragma once

#include <cmath>

#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/stepwise.hpp"

namespace holdfast {

/// Importance sampling of whole trajectories, Ĵ = Σ_i W_i G_i / D. W_i = Π_t ρ_t is the weight of the whole trajectory,
/// and G_i its discounted return, plus γ^T V(s_T) if `values` are not 0 after its end. D = n, or Σ_i W_i if it is
/// self-normalized ("weighted importance sampling").
class TrajectorywiseEvaluator {
 public:
  /// Uses only `next` of `values`, after the last step of each trajectory. Throws DataError if they do not belong to
  /// the log.
  TrajectorywiseEvaluator(const EvaluationLog& log, const ImportanceWeights& weights, const ActionValues& values,
                          Weighting weighting)
      : returns_(continued_returns(log, values)),
        weights_(weights.final_relative()),
        self_normalized_(weighting == Weighting::self_normalized) {
    const Row<double> ones = Row<double>::Ones(log.size());
    if (self_normalized_) {
      value_ = resampled(ones);
      samples_ = value_ + weights_ / weights_.mean() * (returns_ - value_);
    } else {
      const double scale = std::exp(weights.log_final_scale());
      samples_ = (weights_ * returns_ == 0).select(0.0, scale * weights_ * returns_);
      value_ = samples_.mean();
    }
  }

  /// Returns the estimate; NaN if it is self-normalized and no weight is positive.
  [[nodiscard]] double value() const { return value_; }
  /// Returns the same as StepwiseEvaluator::samples, 1×n.
  [[nodiscard]] const Row<double>& samples() const { return samples_; }
  /// Returns the same as StepwiseEvaluator::resampled.
  [[nodiscard]] double resampled(const Row<double>& counts) const {
    if (!self_normalized_) return (counts * samples_).sum() / static_cast<double>(samples_.size());
    return (counts * weights_ * returns_).sum() / (counts * weights_).sum();
  }

 private:
  Row<double> returns_;
  Row<double> weights_;
  Row<double> samples_;
  double value_ = 0;
  bool self_normalized_;
};

}  // namespace holdfast
