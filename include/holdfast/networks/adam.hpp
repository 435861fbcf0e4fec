/// \file
/// Provides the Adam optimizer for one flat parameter vector, and Polyak averaging.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/kernels/passes.hpp"

namespace holdfast {

/// Configures the training of a network: the hyperparameters of Adam (Kingma and Ba 2015), with their published
/// defaults except for the learning rate; the learning-rate schedule; weight decay and gradient clipping.
struct AdamConfig {
  double learning_rate = 3e-4;  ///< > 0
  double beta1 = 0.9;           ///< decay of the first moment, [0, 1)
  double beta2 = 0.999;         ///< decay of the second moment, [0, 1)
  double epsilon = 1e-8;        ///< > 0
  Index decay_steps = 0;  ///< cosine decay of the learning rate to 0 over this number of steps (for a learner's policy:
                          ///< updates); 0: constant
  double weight_decay = 0;  ///< at each step parameters shrink by this multiple of the learning rate, at least 0
                            ///< (Loshchilov and Hutter 2019, "Decoupled weight decay regularization")
  std::optional<double> clip_norm = {};  ///< a gradient with a larger Euclidean norm is scaled down to it, positive

  static void fields(auto& self, auto&& visit) {
    constexpr Interval decay{.lowest = 0, .highest = 1, .open_above = true};
    visit("learning_rate", self.learning_rate, positive);
    visit("beta1", self.beta1, decay);
    visit("beta2", self.beta2, decay);
    visit("epsilon", self.epsilon, positive);
    visit("decay_steps", self.decay_steps, at_least(0));
    visit("weight_decay", self.weight_decay, at_least(0));
    visit("clip_norm", self.clip_norm, positive);
  }
};

/// Returns a configuration that makes Adam plain gradient descent with the given learning rate. ε is so large that it
/// dominates every gradient; the relative error is 10⁻¹² for gradients of order one. Use it to fit tables and exact
/// batches.
[[nodiscard]] constexpr AdamConfig gradient_descent(double rate) {
  constexpr double dwarf = 1e12;
  return {.learning_rate = dwarf * rate, .beta1 = 0, .beta2 = 0, .epsilon = dwarf};
}

/// The largest gradient that an optimizer has used.
struct GradientPeak {
  double norm = 0;         ///< Euclidean norm; 0 before the first step
  std::uint64_t step = 0;  ///< the step at which it occurred, counted from 1
};

/// The Adam optimizer: holds the two moments and the number of steps.
template <class Scalar>
class Adam {
 public:
  /// `name` is the network's name in messages. `parameters` is its number of parameters; if it is 0, the first step
  /// allocates the moments. Throws ConfigError that names the invalid field.
  explicit Adam(AdamConfig config = {}, std::string name = "network", Index parameters = 0)
      : config_(config), name_(std::move(name)) {
    check_fields(config_);
    first_moment_.setZero(parameters);
    second_moment_.setZero(parameters);
  }

  [[nodiscard]] const AdamConfig& config() const { return config_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Returns the running mean of the gradient; `second_moment` returns that of its square.
  [[nodiscard]] const Vector<Scalar>& first_moment() const { return first_moment_; }
  [[nodiscard]] const Vector<Scalar>& second_moment() const { return second_moment_; }
  /// Returns the number of steps taken.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] const GradientPeak& largest_gradient() const { return largest_gradient_; }

  /// Sets parameters ← parameters − s η m̂ / (√v̂ + ε), after updating the moments with the clipped `gradient` (same
  /// size). s is `scale` times the factor of the schedule. With weight decay, the parameters are first multiplied by
  /// 1 − s η weight_decay. `update` is the caller's update number, from 1, for the schedule and for messages; 0 means
  /// to use the number of steps.
  ///
  /// Throws NonFiniteError and changes nothing if the squared norm of the gradient is not finite, as for a float
  /// gradient of 1e20. An infinite v would make this and every later step 0.
  void step(Vector<Scalar>& parameters, const Vector<Scalar>& gradient, double scale = 1, std::uint64_t update = 0) {
    step(parameters, gradient, nullptr, scale, update);
  }

  /// Takes the same step, and sets the gradient to zero in the same pass. Throws as `step` does; the gradient is then
  /// unchanged.
  void consume(Vector<Scalar>& parameters, Vector<Scalar>& gradient, double scale = 1, std::uint64_t update = 0) {
    step(parameters, gradient, gradient.data(), scale, update);
  }

  static void state(auto& self, auto&& visit) {
    visit("first_moment", self.first_moment_);
    visit("second_moment", self.second_moment_);
    visit("steps", self.steps_);
    visit("largest_gradient.norm", self.largest_gradient_.norm);
    visit("largest_gradient.step", self.largest_gradient_.step);
  }

 private:
  void step(Vector<Scalar>& parameters, const Vector<Scalar>& gradient, Scalar* consumed, double scale,
            std::uint64_t update) {
    const Scalar squared_norm = kernels::squared_norm(gradient.data(), gradient.size());
    if (!std::isfinite(squared_norm))
      throw NonFiniteError(message("update ", update > 0 ? update : steps_ + 1,
                                   ": the squared norm of the gradient of ", name_, " is ", squared_norm,
                                   ": the learner diverged, or the data holds values that are too large"));
    if (first_moment_.size() != gradient.size()) {
      first_moment_.setZero(gradient.size());
      second_moment_.setZero(gradient.size());
    }
    const double norm = std::sqrt(static_cast<double>(squared_norm));
    const double share = clipped_share(norm);
    scale *= schedule(update > 0 ? update - 1 : steps_);
    ++steps_;
    if (norm > largest_gradient_.norm) largest_gradient_ = {norm, steps_};
    const auto time = static_cast<double>(steps_);
    const double correction1 = 1 - std::pow(config_.beta1, time);
    const double correction2 = 1 - std::pow(config_.beta2, time);
    const auto beta1 = static_cast<Scalar>(config_.beta1);
    const auto beta2 = static_cast<Scalar>(config_.beta2);
    const Scalar weight1 = (1 - beta1) * static_cast<Scalar>(share);
    const Scalar weight2 = (1 - beta2) * static_cast<Scalar>(share * share);
    // √v̂ + ε = (√v + ε √c₂) / √c₂, so the corrections need two scalars instead of two vectors.
    const auto rate = static_cast<Scalar>(scale * config_.learning_rate * std::sqrt(correction2) / correction1);
    const auto epsilon = static_cast<Scalar>(config_.epsilon * std::sqrt(correction2));
    eigen_assert(parameters.size() == gradient.size() && gradient.size() == first_moment_.size());
    kernels::adam<Scalar>({.parameters = parameters.data(),
                           .gradient = gradient.data(),
                           .first_moment = first_moment_.data(),
                           .second_moment = second_moment_.data(),
                           .beta1 = beta1,
                           .weight1 = weight1,
                           .beta2 = beta2,
                           .weight2 = weight2,
                           .shrink = static_cast<Scalar>(1 - scale * config_.learning_rate * config_.weight_decay),
                           .rate = rate,
                           .epsilon = epsilon,
                           .consumed = consumed},
                          parameters.size());
  }

  // Returns the factor that clips a gradient of this norm.
  [[nodiscard]] double clipped_share(double norm) const {
    return config_.clip_norm && norm > *config_.clip_norm ? *config_.clip_norm / norm : 1.0;
  }

  [[nodiscard]] double schedule(std::uint64_t steps) const {
    if (config_.decay_steps == 0) return 1;
    const double done = static_cast<double>(steps) / static_cast<double>(config_.decay_steps);
    return 0.5 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0)));
  }

  AdamConfig config_;
  std::string name_;
  Vector<Scalar> first_moment_;
  Vector<Scalar> second_moment_;
  std::uint64_t steps_ = 0;
  GradientPeak largest_gradient_;
};

/// Sets target ← (1 − rate) target + rate · online. A rate of 1 copies.
template <class Scalar>
void polyak(Vector<Scalar>& target, const Vector<Scalar>& online, double rate) {
  eigen_assert(target.size() == online.size());
  if (rate == 1) {
    target = online;
    return;
  }
  kernels::blend(target.data(), online.data(), static_cast<Scalar>(1 - rate), static_cast<Scalar>(rate), target.size());
}

}  // namespace holdfast
