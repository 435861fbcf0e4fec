/// \file
/// The Adam optimizer over one flat parameter vector, and Polyak averaging.
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

namespace holdfast {

/// How a network is trained: the hyper-parameters of Adam (Kingma and Ba 2015), with their published defaults except
/// the learning rate, its schedule, and what is done to gradient and parameters at each step.
struct AdamConfig {
  double learning_rate = 3e-4;  ///< > 0
  double beta1 = 0.9;           ///< decay of the first moment, [0, 1)
  double beta2 = 0.999;         ///< decay of the second moment, [0, 1)
  double epsilon = 1e-8;        ///< > 0
  Index decay_steps = 0;        ///< the learning rate follows a cosine to 0 over so many steps, or updates of a learner
                                ///< for its policy; 0: constant
  double weight_decay = 0;      ///< parameters shrink by this share of the learning rate at each step, at least 0
                                ///< (Loshchilov and Hutter 2019, "Decoupled weight decay regularization")
  std::optional<double> clip_norm = {};  ///< a gradient of a larger Euclidean norm is scaled to it, positive

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

/// Adam whose ε dwarfs every gradient: plain gradient descent of the given rate, to a relative 10⁻¹² of gradients of
/// order one. What tables and exact batches are to be fitted with.
[[nodiscard]] constexpr AdamConfig gradient_descent(double rate) {
  constexpr double dwarf = 1e12;
  return {.learning_rate = dwarf * rate, .beta1 = 0, .beta2 = 0, .epsilon = dwarf};
}

/// The largest gradient that an optimizer has taken a step with.
struct GradientPeak {
  double norm = 0;         ///< Euclidean; 0 before the first step
  std::uint64_t step = 0;  ///< which of the optimizer's steps it was, from 1
};

/// Adam: its two moments and the number of steps taken.
template <class Scalar>
class Adam {
 public:
  /// `name` is that of the network in messages, `parameters` how many it has; where that is not said, the first step
  /// allocates the moments. Throws ConfigError that names the field.
  explicit Adam(AdamConfig config = {}, std::string name = "network", Index parameters = 0)
      : config_(config), name_(std::move(name)) {
    check_fields(config_);
    first_moment_.setZero(parameters);
    second_moment_.setZero(parameters);
  }

  [[nodiscard]] const AdamConfig& config() const { return config_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// The running means of the gradient and of its square.
  [[nodiscard]] const Vector<Scalar>& first_moment() const { return first_moment_; }
  [[nodiscard]] const Vector<Scalar>& second_moment() const { return second_moment_; }
  /// Number of steps taken.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] const GradientPeak& largest_gradient() const { return largest_gradient_; }

  /// parameters ← parameters − s η m̂ / (√v̂ + ε), the moments updated with `gradient` (same size), clipped. s is `scale`
  /// times that of the schedule; with weight decay the parameters are multiplied by 1 − s η weight_decay before.
  /// `update` is the caller's count of updates, from 1, for the schedule and for messages; 0 where it is that of steps.
  ///
  /// Throws DivergenceError, and changes nothing, where the squared norm of the gradient is not finite, as in float
  /// that of a gradient of 1e20: an infinite v would make this and every later step 0.
  void step(Vector<Scalar>& parameters, const Vector<Scalar>& gradient, double scale = 1, std::uint64_t update = 0) {
    const Scalar squared_norm = gradient.squaredNorm();
    if (!std::isfinite(squared_norm))
      throw DivergenceError(message("update ", update > 0 ? update : steps_ + 1,
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
    // √v̂ + ε = (√v + ε √c₂) / √c₂, so that the corrections are two scalars and not two vectors.
    const auto rate = static_cast<Scalar>(scale * config_.learning_rate * std::sqrt(correction2) / correction1);
    const auto epsilon = static_cast<Scalar>(config_.epsilon * std::sqrt(correction2));
    first_moment_ = beta1 * first_moment_ + weight1 * gradient;
    second_moment_ = beta2 * second_moment_ + weight2 * gradient.cwiseAbs2();
    if (config_.weight_decay > 0)
      parameters *= static_cast<Scalar>(1 - scale * config_.learning_rate * config_.weight_decay);
    parameters.array() -= rate * first_moment_.array() / (second_moment_.array().sqrt() + epsilon);
  }

  static void state(auto& self, auto&& visit) {
    visit("first_moment", self.first_moment_);
    visit("second_moment", self.second_moment_);
    visit("steps", self.steps_);
    visit("largest_gradient.norm", self.largest_gradient_.norm);
    visit("largest_gradient.step", self.largest_gradient_.step);
  }

 private:
  // A gradient of this norm is multiplied by it.
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

/// target ← (1 − rate) target + rate · online; rate 1 copies.
template <class Scalar>
void polyak(Vector<Scalar>& target, const Vector<Scalar>& online, double rate) {
  if (rate == 1)
    target = online;
  else
    target = static_cast<Scalar>(1 - rate) * target + static_cast<Scalar>(rate) * online;
}

}  // namespace holdfast
