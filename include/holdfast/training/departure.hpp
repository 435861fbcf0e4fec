/// \file
/// DepartureDetector: detects a policy whose actions have left the data.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Watches a run for a policy whose actions have left the data: their mean distance from the data's actions,
/// `Diagnostics::action_distance`, is more than three times the distance of the data's actions from each other,
/// `Probe::data_distance()`, and more than a tenth of the range of each component. The data then do not tell what the
/// policy's actions are worth. Critics extrapolate, and only their pessimism can bound the error.
///
/// The detector needs no bounds of the rewards. Where these are wide, it sees a failure that an ExplosionDetector does
/// not: on HalfCheetah the distances of offline SAC, TD3 and DDPG are 3.5 to 10 times that of the data, while their Q
/// stays in the attainable range for most of the run; a clone's is 1.0 times that of the data
/// (docs/studies/offline_sac_failure.md).
class DepartureDetector {
 public:
  static constexpr double factor = 3;       ///< actions are outside beyond this many times the data's own distance
  static constexpr double tolerance = 0.2;  ///< a distance of up to this in each component is never outside

  /// Begins to watch actions of `components` components, at least 1 (1 for finite actions), where the data's own are
  /// `data_distance` from each other, at least 0. `patience`, at least 1, is the number of observations in a row that
  /// make a departure. A policy that has never been near the data has `settling` updates, at least 0, to come near it:
  /// policies begin far away, and a wide one, such as IQL's, becomes narrow in thousands of updates. Throws ConfigError
  /// if an argument is out of range.
  explicit DepartureDetector(double data_distance, Index components = 1, int patience = 3, Index settling = 10'000)
      : patience_(patience),
        settling_(settling),
        limit_(std::max(factor * data_distance, tolerance * std::sqrt(static_cast<double>(components)))) {
    require(data_distance >= 0, "data_distance", "at least 0", data_distance);
    require(components >= 1, "components", "at least 1", components);
    require(patience >= 1, "patience", "at least 1", patience);
    require(settling >= 0, "settling", "at least 0", settling);
  }

  /// Returns the distance above which actions are outside the data.
  [[nodiscard]] double limit() const { return limit_; }

  /// Observes the policy after `step` updates. Observations are in the order of steps. A NaN is outside.
  void observe(Index step, double action_distance) {
    step_ = step;
    if (action_distance <= limit_) {
      outside_ = 0;
      was_near_ = true;
    } else if (outside_++ == 0) {
      since_ = step;
    }
  }

  /// Returns the step since which the actions have been outside, up to the last observation; nothing if they are not,
  /// have been for fewer observations than `patience`, or have time left to come near the data.
  [[nodiscard]] std::optional<Index> departure_step() const {
    const bool counts = outside_ >= patience_ && (was_near_ || step_ >= settling_);
    return counts ? std::optional(since_) : std::nullopt;
  }

  /// Returns whether an observed policy was near the data.
  [[nodiscard]] bool was_near() const { return was_near_; }

  static void state(auto& self, auto&& visit) {
    visit("step", self.step_);
    visit("outside", self.outside_);
    visit("since", self.since_);
    visit("was_near", self.was_near_);
  }

 private:
  int patience_;
  Index settling_;
  double limit_;
  Index step_ = 0;   // of the last observation
  int outside_ = 0;  // number of observations in a row
  Index since_ = 0;
  bool was_near_ = false;
};

}  // namespace holdfast
