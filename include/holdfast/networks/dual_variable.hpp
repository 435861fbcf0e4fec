/// \file
/// The multiplier of a constraint, learned with the policy: SAC's temperature, BEAR's and CQL's Lagrange multipliers.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/networks/adam.hpp"

namespace holdfast {

/// λ = exp(ℓ) > 0, with Adam on ℓ, which is kept inside bounds.
class DualVariable {
 public:
  /// λ begins at `initial` > 0. After a step ℓ is clipped to [log_min, log_max].
  DualVariable(double initial, const AdamConfig& optimizer, double log_min = -std::numeric_limits<double>::infinity(),
               double log_max = std::numeric_limits<double>::infinity())
      : log_(Vector<double>::Constant(1, std::log(initial))),
        gradient_(1),
        optimizer_(optimizer, "multiplier"),
        log_min_(log_min),
        log_max_(log_max) {}

  /// λ.
  [[nodiscard]] double value() const { return std::exp(log_(0)); }

  /// True where λ is at its upper bound.
  [[nodiscard]] bool highest() const { return log_(0) >= log_max_; }

  /// Moves ℓ against the gradient ∂L/∂ℓ; not at all where the square of that is not finite.
  void descend(double gradient) {
    if (!std::isfinite(gradient * gradient)) return;
    gradient_(0) = gradient;
    optimizer_.step(log_, gradient_);
    log_(0) = std::clamp(log_(0), log_min_, log_max_);
  }

 private:
  Vector<double> log_;
  Vector<double> gradient_;
  Adam<double> optimizer_;
  double log_min_;
  double log_max_;
};

}  // namespace holdfast
