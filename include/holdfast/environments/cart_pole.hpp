/// \file
/// CartPole: Gym's CartPole-v1, in which a pole is kept upright on a cart that is pushed left or right.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// Gym's CartPole-v1. State and observation: position x (m), velocity ẋ, angle θ of the pole (rad; 0 is upright,
/// positive to the right) and angular velocity θ̇. Action: 0 pushes to the left, 1 to the right, with the same force.
///
/// The reward is 1 for every step, including the last. A step is terminal if the next state has |x| > 2.4 or |θ| > 12°.
/// The equations (Florian, "Correct equations for the dynamics of the cart-pole system", 2007, without friction) are
/// integrated by explicit Euler steps. The source is gymnasium/envs/classic_control/cartpole.py. Here the observation
/// is double instead of float, and a step after a terminal one is like any other.
class CartPole {
 public:
  static constexpr double gravity = 9.8;
  static constexpr double cart_mass = 1;
  static constexpr double pole_mass = 0.1;
  static constexpr double half_length = 0.5;  ///< half the length of the pole
  static constexpr double force = 10;
  static constexpr double time_step = 0.02;
  static constexpr double max_position = 2.4;
  static constexpr double max_angle = 12 * std::numbers::pi / 180;
  static constexpr double initial_range = 0.05;

  [[nodiscard]] static constexpr const char* name() { return "cart_pole"; }
  [[nodiscard]] static constexpr Index observation_size() { return 4; }
  [[nodiscard]] static constexpr Index action_size() { return 2; }
  [[nodiscard]] static constexpr Index time_limit() { return 500; }
  [[nodiscard]] static constexpr Interval reward_range() { return {1, 1}; }

  /// Returns means of 200,000 episodes, with standard errors 0.03 and 0: every scripted episode lasted until the time
  /// limit. `random` takes actions 0 and 1 with equal probability.
  [[nodiscard]] static constexpr References references() { return {22.25, 500}; }

  /// Draws each entry of the state from U(−0.05, 0.05).
  void reset(Generator& generator) {
    for (double& value : state_) value = generator.uniform(-initial_range, initial_range);
  }

  void observe(Eigen::Ref<Vector<double>> out) const { out = state_; }

  /// Throws DataError if the action is neither 0 nor 1.
  StepResult step(Index action) {
    if (action != 0 && action != 1) throw DataError(message(name(), ": the action must be 0 or 1, but is ", action));
    constexpr double mass = cart_mass + pole_mass;
    const double velocity = state_[1];
    const double angle = state_[2];
    const double turning = state_[3];
    const double push = action == 1 ? force : -force;
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    const double thrust = (push + pole_mass * half_length * turning * turning * sine) / mass;
    const double turn =
        (gravity * sine - cosine * thrust) / (half_length * (4.0 / 3 - pole_mass * cosine * cosine / mass));
    const double acceleration = thrust - pole_mass * half_length * turn * cosine / mass;
    const std::array rates = {velocity, acceleration, turning, turn};
    for (Index i = 0; i < 4; ++i) state_[i] += time_step * rates[static_cast<std::size_t>(i)];
    return {1, std::abs(state_[0]) > max_position || std::abs(state_[2]) > max_angle};
  }

  /// Returns x, ẋ, θ and θ̇. Until `reset` the pole is upright and at rest in the middle.
  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError if the state is not four finite numbers.
  void set_state(ConstVectorRef state) {
    detail::check_vector(name(), "the state", state, 4);
    state_ = state;
  }

  /// Returns the state behind an observation: the same numbers.
  [[nodiscard]] static Vector<double> state_of(ConstVectorRef observation) {
    detail::check_vector(name(), "the observation", observation, 4);
    return observation;
  }

  /// Pushes towards the side to which the pole falls. If the cart is far out or fast, it is pushed further out: the
  /// pole then leans back, and the cart follows it. The weights were set by hand.
  static bool scripted(const Vector<double>& observation, Index& action) {
    action = observation.dot(Eigen::Vector4d(0.1, 0.2, 1, 0.3)) > 0 ? 1 : 0;
    return true;
  }

 private:
  Vector<double> state_ = Vector<double>::Zero(4);
};

}  // namespace holdfast
