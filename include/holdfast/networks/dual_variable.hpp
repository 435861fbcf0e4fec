/// \file
/// Provides the multiplier of a constraint, learned along with the policy: SAC's temperature, the Lagrange multipliers
/// of BEAR and CQL.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/types.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/trained.hpp"

namespace holdfast {

/// ℓ = ln λ of a DualVariable, as a network with one parameter.
class LogMultiplier {
 public:
  using Scalar = double;
  explicit LogMultiplier(double log) : log_(Vector<double>::Constant(1, log)) {}
  [[nodiscard]] Vector<double>& parameters() { return log_; }
  [[nodiscard]] const Vector<double>& parameters() const { return log_; }

 private:
  Vector<double> log_;
};

/// A positive multiplier λ = exp(ℓ). Adam updates ℓ, which is kept within bounds.
class DualVariable {
 public:
  /// λ starts at `initial` > 0. After each step ℓ is clipped to [log_min, log_max].
  DualVariable(double initial, const AdamConfig& optimizer, double log_min = -std::numeric_limits<double>::infinity(),
               double log_max = std::numeric_limits<double>::infinity())
      : log_(LogMultiplier(std::log(initial)), optimizer, "multiplier"), log_min_(log_min), log_max_(log_max) {}

  /// Returns λ.
  [[nodiscard]] double value() const { return std::exp(log_.network().parameters()(0)); }

  /// Returns whether λ is at its upper bound.
  [[nodiscard]] bool highest() const { return log_.network().parameters()(0) >= log_max_; }

  /// Takes one step of ℓ against the gradient ∂L/∂ℓ. Does nothing if the square of the gradient is not finite.
  template <class = void>
  void descend(double gradient) {
    log_.gradient()(0) = gradient;
    try {
      log_.step();  // also if it is not finite: others may share it, and wait
    } catch (const NonFiniteError&) {
      return log_.discard();
    }
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
