/// \file
/// Cumulative importance weights of logged trajectories: in log space, capped, and kept after a trajectory ends.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"

namespace holdfast {

/// The cumulative importance weights W_t = Π_{k ≤ t} ρ_k, with ρ = π(a|s)/π_b(a|s), of every step of n trajectories,
/// limited to `cap`. The longest trajectory has T steps. They are computed in one pass. A trajectory that has ended
/// keeps its last weight: an average over all n trajectories at one time includes it (Precup, Sutton and Singh,
/// "Eligibility traces for off-policy policy evaluation", ICML 2000).
///
/// Weights are stored relative to the largest weight at the same time, e^{log_scale(t)}, so that nothing overflows
/// however long the trajectories are. Capping replaces W_t wherever it occurs: in the doubly robust estimators at t and
/// at t − 1.
class ImportanceWeights {
 public:
  static constexpr double uncapped = std::numeric_limits<double>::infinity();

  /// Throws like EvaluationLog::validate, and ConfigError unless the cap is positive.
  explicit ImportanceWeights(const EvaluationLog& log, double cap = uncapped)
      : trajectories_(log.trajectories), relative_(log.steps()) {
    log.validate();
    require(cap > 0, "cap", "positive", cap);
    accumulate(log.log_ratios, std::log(cap));
    for (Index i = 0; i < size(); ++i) {
      const TrajectoryRange& range = trajectory(i);
      last_(i) = factor(last_(i), ended_scale_(range.size()));
      for (Index t = 0; t < range.size(); ++t)
        relative_(range.begin + t) = std::exp(relative_(range.begin + t) - log_scale_(t));
    }
  }

  /// Returns n, the number of trajectories.
  [[nodiscard]] Index size() const { return trajectories_.size(); }
  /// Returns T, the number of steps of the longest trajectory.
  [[nodiscard]] Index longest() const { return log_scale_.size(); }
  [[nodiscard]] const TrajectoryRange& trajectory(Index i) const { return trajectories_[i]; }

  /// Returns W_t / e^{log_scale(t)} of every step, 1×N, at most 1.
  [[nodiscard]] const Row<double>& relative() const { return relative_; }
  /// Returns the logarithm of the largest weight of any trajectory at each time, ended ones included, 1×T; 0 if all are
  /// 0.
  [[nodiscard]] const Row<double>& log_scale() const { return log_scale_; }
  /// Returns the logarithm of the largest last weight of the trajectories that ended before each time, 1×(T+1). It
  /// never decreases and is −∞ before the first has ended.
  [[nodiscard]] const Row<double>& ended_scale() const { return ended_scale_; }
  /// Returns the last weight of each trajectory, divided by e^{ended_scale(its length)}, 1×n, at most 1.
  [[nodiscard]] const Row<double>& ended() const { return last_; }

  /// Returns how many trajectories have a weight that was above the cap.
  [[nodiscard]] Index capped() const { return capped_; }

  /// Returns the factor that turns weights relative to ended_scale(t) into weights relative to log_scale(t), at most 1.
  [[nodiscard]] double carry(Index t) const { return factor(ended_scale_(t), log_scale_(t)); }
  /// Returns the factor that turns sums relative to ended_scale(t) into sums relative to ended_scale(t + 1), at most 1.
  [[nodiscard]] double rescale(Index t) const { return factor(ended_scale_(t), ended_scale_(t + 1)); }

  /// Returns the last weight of each trajectory, W_{T_i − 1}, relative to the largest of them, 1×n.
  [[nodiscard]] Row<double> final_relative() const {
    Row<double> weights(size());
    for (Index i = 0; i < size(); ++i)
      weights(i) = last_(i) * factor(ended_scale_(trajectory(i).size()), ended_scale_(longest()));
    return weights;
  }
  /// Returns the logarithm of the largest last weight; 0 if all are 0.
  [[nodiscard]] double log_final_scale() const {
    return std::isfinite(ended_scale_(longest())) ? ended_scale_(longest()) : 0;
  }

  /// Returns the weights of all n trajectories at time t, ended ones included, relative to the largest, 1×n.
  [[nodiscard]] Row<double> at(Index t) const {
    Row<double> weights(size());
    for (Index i = 0; i < size(); ++i) {
      const TrajectoryRange& range = trajectory(i);
      weights(i) =
          t < range.size() ? relative_(range.begin + t) : last_(i) * factor(ended_scale_(range.size()), log_scale_(t));
    }
    return weights;
  }

 private:
  static double factor(double from, double to) { return std::isfinite(from) ? std::exp(from - to) : 0; }

  // Stores log W_t in `relative_`, each trajectory's last value in `last_`, and the largest of each time in the scales.
  void accumulate(const Row<double>& log_ratios, double log_cap) {
    constexpr double none = -std::numeric_limits<double>::infinity();
    Index longest = 0;
    for (const TrajectoryRange& range : trajectories_) longest = std::max(longest, range.size());
    log_scale_.setConstant(longest, none);
    ended_scale_.setConstant(longest + 1, none);
    last_.resize(size());
    for (Index i = 0; i < size(); ++i) {
      const TrajectoryRange& range = trajectory(i);
      double total = 0;
      bool above = false;
      for (Index t = 0; t < range.size(); ++t) {
        total += log_ratios(range.begin + t);
        const double capped = std::min(total, log_cap);
        relative_(range.begin + t) = capped;
        log_scale_(t) = std::max(log_scale_(t), capped);
        last_(i) = capped;
        above = above || total > log_cap;
      }
      capped_ += above;
      ended_scale_(range.size()) = std::max(ended_scale_(range.size()), last_(i));
    }
    for (Index t = 0; t < longest; ++t) {
      log_scale_(t) = std::max(log_scale_(t), ended_scale_(t));
      if (!std::isfinite(log_scale_(t))) log_scale_(t) = 0;
      ended_scale_(t + 1) = std::max(ended_scale_(t + 1), ended_scale_(t));
    }
  }

  Trajectories trajectories_;
  Row<double> relative_;
  Row<double> log_scale_;
  Row<double> ended_scale_;
  Row<double> last_;
  Index capped_ = 0;
};

}  // namespace holdfast
