/// \file
/// The multiplier of a constraint, learned with the policy: SAC's temperature, BEAR's and CQL's Lagrange multipliers.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/types.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/trained.hpp"

namespace holdfast {

/// ℓ = ln λ of a DualVariable, as a network of one parameter.
class LogMultiplier {
 public:
  using Scalar = double;
  explicit LogMultiplier(double log) : log_(Vector<double>::Constant(1, log)) {}
  [[nodiscard]] Vector<double>& parameters() { return log_; }
  [[nodiscard]] const Vector<double>& parameters() const { return log_; }

 private:
  Vector<double> log_;
};

/// λ = exp(ℓ) > 0, with Adam on ℓ, which is kept inside bounds.
class DualVariable {
 public:
  /// λ begins at `initial` > 0. After a step ℓ is clipped to [log_min, log_max].
  DualVariable(double initial, const AdamConfig& optimizer, double log_min = -std::numeric_limits<double>::infinity(),
               double log_max = std::numeric_limits<double>::infinity())
      : log_(LogMultiplier(std::log(initial)), optimizer, "multiplier"), log_min_(log_min), log_max_(log_max) {}

  /// λ.
  [[nodiscard]] double value() const { return std::exp(log_.network().parameters()(0)); }

  /// True where λ is at its upper bound.
  [[nodiscard]] bool highest() const { return log_.network().parameters()(0) >= log_max_; }

  /// Moves ℓ against the gradient ∂L/∂ℓ; not at all where the square of that is not finite.
  template <class = void>
  void descend(double gradient) {
    if (!std::isfinite(gradient * gradient)) return;
    log_.gradient()(0) = gradient;
    log_.step();
    double& log = log_.network().parameters()(0);
    log = std::clamp(log, log_min_, log_max_);
  }

  static void state(auto& self, auto&& visit) { visit("log", self.log_); }

 private:
  Trained<LogMultiplier> log_;
  double log_min_;
  double log_max_;
};

}  // namespace holdfast
