/// \file
/// Pendulum: Gym's Pendulum-v1, in which a rod is swung up with a torque too weak to lift it directly.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// Gym's Pendulum-v1. State: angle θ (0 is upright, not wrapped) and angular velocity θ̇ in rad/s. Observation: cos θ,
/// sin θ, θ̇. Action: one number, clipped to [-1, 1], times the largest torque of 2.
///
/// The reward depends on the state before the step: −(θ² + 0.1 θ̇² + 0.001 torque²) with θ wrapped to [−π, π). No step
/// is terminal. The source is gymnasium/envs/classic_control/pendulum.py. Here all numbers are double, and actions are
/// scaled.
class Pendulum {
 public:
  static constexpr double gravity = 10;
  static constexpr double mass = 1;
  static constexpr double length = 1;
  static constexpr double time_step = 0.05;
  static constexpr double max_torque = 2;
  static constexpr double max_speed = 8;

  [[nodiscard]] static constexpr const char* name() { return "pendulum"; }
  [[nodiscard]] static constexpr Index observation_size() { return 3; }
  [[nodiscard]] static constexpr Index action_size() { return 1; }
  [[nodiscard]] static constexpr Index time_limit() { return 200; }
  [[nodiscard]] static constexpr Interval reward_range() { return {-cost(std::numbers::pi, max_speed, max_torque), 0}; }

  /// Returns means of 200,000 episodes, with standard errors 0.7 and 0.2.
  [[nodiscard]] static constexpr References references() { return {-1230, -149.6}; }

  /// Draws θ ~ U(−π, π) and θ̇ ~ U(−1, 1).
  void reset(Generator& generator) {
    state_[0] = generator.uniform(-std::numbers::pi, std::numbers::pi);
    state_[1] = generator.uniform(-1, 1);
  }

  void observe(Eigen::Ref<Vector<double>> out) const {
    out[0] = std::cos(state_[0]);
    out[1] = std::sin(state_[0]);
    out[2] = state_[1];
  }

  /// Throws DataError if the action is not one finite number.
  StepResult step(ConstVectorRef action) {
    detail::check_vector(name(), "the action", action, 1);
    const double torque = max_torque * std::clamp(action[0], -1.0, 1.0);
    double& angle = state_[0];
    double& speed = state_[1];
    const double reward = -cost(wrapped(angle), speed, torque);
    const double acceleration = 1.5 * gravity / length * std::sin(angle) + 3 / (mass * length * length) * torque;
    speed = std::clamp(speed + acceleration * time_step, -max_speed, max_speed);
    angle += speed * time_step;
    return {reward, false};
  }

  /// Returns θ and θ̇. Until `reset` the rod is upright and at rest.
  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError if the state is not two finite numbers with |θ̇| ≤ 8.
  void set_state(ConstVectorRef state) {
    detail::check_vector(name(), "the state", state, 2);
    if (std::abs(state[1]) > max_speed)
      throw DataError(message(name(), ": the speed must be within ±", max_speed, ", but is ", state[1]));
    state_ = state;
  }

  /// Returns the state behind an observation, with its angle in [−π, π].
  [[nodiscard]] static Vector<double> state_of(ConstVectorRef observation) {
    detail::check_vector(name(), "the observation", observation, 3);
    Vector<double> state(2);
    state << std::atan2(observation[1], observation[0]), observation[2];
    return state;
  }

  /// Swings the rod up by pumping energy, to slightly above that of rest at the top, which makes up for the braking
  /// torque. Near the line in state space along which the rod comes to rest upright, it holds the rod with a linear
  /// feedback. The numbers come from a random search for the highest return.
  static bool scripted(const Vector<double>& observation, Vector<double>& action) {
    const double angle = std::atan2(observation[1], observation[0]);
    const double speed = observation[2];
    const double energy = mass * length * length / 6 * speed * speed + mass * gravity * length / 2 * observation[0];
    const bool near_top = observation[0] > 0.3 && std::abs(4 * angle + speed) < 2;
    const double torque = near_top ? -14 * angle - 3.75 * speed : (5.2 - energy) * std::copysign(1.0, speed);
    action.setConstant(1, std::clamp(torque / max_torque, -1.0, 1.0));
    return true;
  }

 private:
  static constexpr double cost(double angle, double speed, double torque) {
    return angle * angle + 0.1 * speed * speed + 0.001 * torque * torque;
  }

  /// Returns the angle in [−π, π).
  static double wrapped(double angle) {
    constexpr double turn = 2 * std::numbers::pi;
    return angle - turn * std::floor((angle + std::numbers::pi) / turn);
  }

  Vector<double> state_ = Vector<double>::Zero(2);
};

}  // namespace holdfast
