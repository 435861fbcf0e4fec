/// \file
/// Detects that Q leaves what is attainable, and warns earlier.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// [r_min / (1 − γ), r_max / (1 − γ)] and 0: no policy's discounted reward lies outside it. An episode that ends earns
/// nothing more, so that every value down to 0 (up to it, of rewards below 0) may be one; critics begin at about 0 too.
/// `discount` in [0, 1]; at 1 a bound is infinite unless it is 0.
[[nodiscard]] inline Interval attainable_values(const Interval& rewards, double discount) {
  require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
  const auto for_ever = [&](double reward) { return reward == 0 ? 0.0 : reward / (1 - discount); };
  return {std::min(0.0, for_ever(rewards.lowest)), std::max(0.0, for_ever(rewards.highest))};
}

/// ± max|r| / (1 − γ), for tasks whose bounds are not known: a dataset's rewards are no bounds, but their size is a
/// scale. Empty where all rewards are 0, which allow no scale. `discount` in [0, 1].
template <class Data>
[[nodiscard]] std::optional<Interval> plausible_values(const Data& dataset, double discount) {
  const auto largest = static_cast<double>(dataset.rewards.abs().maxCoeff());
  if (largest == 0) return std::nullopt;
  return attainable_values({-largest, largest}, discount);
}

/// The figures that a detector is fed with: averages over states of the dataset.
struct PredictedValues {
  double policy_value = 0;   ///< E[min_i Q_i(s, a ~ π)]
  double implied_value = 0;  ///< where the critics are heading, see `implied_value`
  double entropy_bonus = 0;  ///< the most that a backed-up entropy can add to a value, 0 where it is not backed up
  double reward = 0;         ///< the size of a reward, the largest: critics are not known more exactly than by one
  bool lowered = false;      ///< a penalty lowers Q on purpose: values that are too low are no divergence
};

/// Where bootstrapping takes the critics if nothing changes: b + (y − b) / (1 − c̄), with b the mean Q of the data's own
/// actions, y the mean of their backups and c̄ = E[γ (1 − d)].
///
/// Raising Q by x raises the backups by c̄ x, so that is the fixed point of repeating the backup. For the value of any
/// policy y = b, and the implied value is attainable; critics that are still learning rise to what they imply.
/// Unfounded optimism about actions outside the data, however small, is multiplied by 1 / (1 − γ) and implies what no
/// policy can earn: it shows the explosion while Q is still small. Where c̄ is 1 there is no fixed point, and b is
/// returned.
[[nodiscard]] inline double implied_value(double data_value, double backup_mean, double continuation_mean) {
  if (continuation_mean >= 1) return data_value;
  return data_value + (backup_mean - data_value) / (1 - continuation_mean);
}

/// Watches a run. Fed with its predictions in order of steps, it remembers the first step at which
/// - **divergence**: the predicted value of the policy's actions lies outside the attainable range by more than a
///   reward, which errors of a good fit are below, or is not a number;
/// - **warning**: the implied value has lain outside it for `patience` observations in a row, by more than a reward and
///   than `margin` of the range's width where that is finite (on the lower side only where no entropy is backed up),
///   and Q has not left it yet.
/// The range of divergence is that of rewards alone; a backed-up entropy widens that of the warning by its bonus. Where
/// a penalty lowers Q, as CQL's does, neither range has a lower end.
class DivergenceDetector {
 public:
  explicit DivergenceDetector(Interval attainable, int patience = 3, double margin = 0.1)
      : attainable_(attainable), patience_(patience), margin_(margin) {
    require(patience >= 1, "patience", "at least 1", patience);
    require(margin >= 0, "margin", "at least 0", margin);
  }

  [[nodiscard]] const Interval& attainable() const { return attainable_; }

  void observe(Index step, const PredictedValues& predicted) {
    const double lowest = predicted.lowered ? -std::numeric_limits<double>::infinity() : attainable_.lowest;
    const Interval believable{lowest - predicted.reward, attainable_.highest + predicted.reward};
    if (!divergence_step_ && !believable.contains(predicted.policy_value)) divergence_step_ = step;
    const double width = attainable_.highest - attainable_.lowest;
    const double slack = std::max(std::isfinite(width) ? margin_ * width : 0, predicted.reward);
    const bool above = predicted.implied_value > attainable_.highest + slack + predicted.entropy_bonus;
    const bool below = predicted.entropy_bonus == 0 && predicted.implied_value < lowest - slack;
    alarms_ = above || below ? alarms_ + 1 : 0;
    if (!warning_step_ && !divergence_step_ && alarms_ >= patience_) warning_step_ = step;
  }

  /// The first step at which Q lay outside what is attainable.
  [[nodiscard]] std::optional<Index> divergence_step() const { return divergence_step_; }
  /// The first step at which it was clear that Q would.
  [[nodiscard]] std::optional<Index> warning_step() const { return warning_step_; }

 private:
  Interval attainable_;
  int patience_;
  double margin_;
  int alarms_ = 0;
  std::optional<Index> divergence_step_;
  std::optional<Index> warning_step_;
};

}  // namespace holdfast
