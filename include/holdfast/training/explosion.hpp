/// \file
/// ExplosionDetector: detects Q-values that no policy can attain, and gives an early warning.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Returns the range of values that a policy can attain: [r_min / (1 − γ), r_max / (1 − γ)], extended to include 0. No
/// policy's discounted return lies outside it. It includes 0 because an episode that ends earns nothing more; critics
/// also begin near 0. `discount` is in [0, 1]; at 1 a bound is infinite unless it is 0.
[[nodiscard]] inline Interval attainable_values(const Interval& rewards, double discount) {
  require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
  const auto for_ever = [&](double reward) { return reward == 0 ? 0.0 : reward / (1 - discount); };
  return {std::min(0.0, for_ever(rewards.lowest)), std::max(0.0, for_ever(rewards.highest))};
}

/// Returns ± max|r| / (1 − γ), a plausible range for tasks whose reward bounds are not known. The rewards of a dataset
/// are not bounds, but their size gives a scale. Returns nothing if all rewards are 0. `discount` is in [0, 1].
template <class Data>
[[nodiscard]] std::optional<Interval> plausible_values(const Data& dataset, double discount) {
  const auto largest = static_cast<double>(dataset.rewards.abs().maxCoeff());
  if (largest == 0) return std::nullopt;
  return attainable_values({-largest, largest}, discount);
}

/// The statistics that an ExplosionDetector observes: averages over states of the dataset.
struct PredictedValues {
  double policy_value = 0;   ///< E[min_i Q_i(s, a ~ π)]
  double implied_value = 0;  ///< value that the critics are heading to, see the function `implied_value`
  double entropy_bonus = 0;  ///< largest increase of a value by the backed-up entropy; 0 if it is not backed up
  double reward = 0;         ///< largest absolute reward: the tolerance, because critics are not more exact
  bool lowered = false;      ///< true if a penalty lowers Q on purpose: low values are then no explosion
};

/// Returns the value that repeated bootstrapping leads to if nothing else changes: b + (y − b) / (1 − c̄). b is the
/// mean Q of the data's own actions, y the mean of their backups and c̄ = E[γ (1 − d)].
///
/// Raising Q by x raises the backups by c̄ x, so that this is the fixed point of the repeated backup. For the value of
/// any policy y = b, and the implied value is attainable. Critics that are still learning rise to the value they imply.
/// Unfounded optimism about actions outside the data, however small, is multiplied by 1 / (1 − γ) and implies a value
/// that no policy can attain. It reveals the explosion while Q is still small. If c̄ is 1 there is no fixed point, and
/// b is returned.
[[nodiscard]] inline double implied_value(double data_value, double backup_mean, double continuation_mean) {
  if (continuation_mean >= 1) return data_value;
  return data_value + (backup_mean - data_value) / (1 - continuation_mean);
}

/// Watches a run for values that no policy can attain. It observes the run's predictions in the order of steps and
/// remembers the first step of each of two events:
/// - **explosion**: the predicted value of the policy's actions is NaN, or lies outside the attainable range by more
///   than one reward. The errors of a good fit are smaller.
/// - **warning**: the implied value has lain outside the range for `patience` observations in a row, and Q has not left
///   it yet. It must lie outside by more than one reward and, if the range is finite, by more than `margin` times its
///   width.
///
/// The range of the explosion is that of rewards alone. For the warning, a backed-up entropy raises the upper bound by
/// its bonus and removes the lower bound. If a penalty lowers Q, as CQL's does, neither range has a lower bound.
class ExplosionDetector {
 public:
  explicit ExplosionDetector(Interval attainable, int patience = 3, double margin = 0.1)
      : attainable_(attainable), patience_(patience), margin_(margin) {
    require(patience >= 1, "patience", "at least 1", patience);
    require(margin >= 0, "margin", "at least 0", margin);
  }

  [[nodiscard]] const Interval& attainable() const { return attainable_; }

  void observe(Index step, const PredictedValues& predicted) {
    const double lowest = predicted.lowered ? -std::numeric_limits<double>::infinity() : attainable_.lowest;
    const Interval believable{lowest - predicted.reward, attainable_.highest + predicted.reward};
    if (explosion_step_ == none && !believable.contains(predicted.policy_value)) explosion_step_ = step;
    const double width = attainable_.highest - attainable_.lowest;
    const double slack = std::max(std::isfinite(width) ? margin_ * width : 0, predicted.reward);
    const bool above = predicted.implied_value > attainable_.highest + slack + predicted.entropy_bonus;
    const bool below = predicted.entropy_bonus == 0 && predicted.implied_value < lowest - slack;
    alarms_ = above || below ? alarms_ + 1 : 0;
    if (warning_step_ == none && explosion_step_ == none && alarms_ >= patience_) warning_step_ = step;
  }

  /// Returns the first step at which Q was outside the attainable range, if any.
  [[nodiscard]] std::optional<Index> explosion_step() const { return known(explosion_step_); }
  /// Returns the first step at which the implied value gave a warning, if any.
  [[nodiscard]] std::optional<Index> warning_step() const { return known(warning_step_); }

  static void state(auto& self, auto&& visit) {
    visit("alarms", self.alarms_);
    visit("explosion_step", self.explosion_step_);
    visit("warning_step", self.warning_step_);
  }

 private:
  static constexpr Index none = -1;
  static std::optional<Index> known(Index step) { return step == none ? std::nullopt : std::optional(step); }

  Interval attainable_;
  int patience_;
  double margin_;
  int alarms_ = 0;
  Index explosion_step_ = none;
  Index warning_step_ = none;
};

}  // namespace holdfast
