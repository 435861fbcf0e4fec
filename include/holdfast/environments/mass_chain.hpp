/// \file
/// MassChain: masses in a row, coupled by springs and pushed away from the origin; a small task on which offline SAC
/// fails.
#pragma once

#include <cmath>
#include <limits>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// The parameters of MassChain. Positions, velocities and time are in the task's own units.
struct MassChainConfig {
  Index masses = 3;            ///< n, at least 1
  double time_step = 0.1;      ///< step of semi-implicit Euler, positive
  double strength = 2;         ///< force of an action of 1
  double coupling = 0.5;       ///< spring constant between neighbors; the ends are tied to the origin
  double damping = 0.1;        ///< damping force per unit of velocity
  double repulsion = 0.6;      ///< force away from the origin per unit of position
  double bound = 5;            ///< positions and velocities are clipped to ±bound, positive
  double velocity_cost = 0.1;  ///< weight of v² in the reward, at least 0
  double action_cost = 0.02;   ///< weight of the mean a² in the reward, at least 0
  double initial_range = 1;    ///< p, v ~ U(−range, range), within [0, bound]
  double scripted_gain = 1.2;  ///< the scripted policy is a = clip(−gain (p + v), ±1)
  Index time_limit = 100;      ///< steps, at least 1

  /// Throws ConfigError naming the first field outside its range.
  void validate() const {
    require(masses >= 1, "mass_chain.masses", "at least 1", masses);
    require(time_step > 0, "mass_chain.time_step", "positive", time_step);
    require(bound > 0, "mass_chain.bound", "positive", bound);
    require(velocity_cost >= 0, "mass_chain.velocity_cost", "at least 0", velocity_cost);
    require(action_cost >= 0, "mass_chain.action_cost", "at least 0", action_cost);
    require(initial_range >= 0 && initial_range <= bound, "mass_chain.initial_range", "within [0, bound]",
            initial_range);
    require(time_limit >= 1, "mass_chain.time_limit", "at least 1", time_limit);
  }

  friend bool operator==(const MassChainConfig&, const MassChainConfig&) = default;
};

/// Masses in a row, coupled by springs. State and observation: n positions, then n velocities. Actions: n forces,
/// clipped to ±1 for dynamics and reward.
///
/// force_i = strength a_i + coupling (p_{i−1} + p_{i+1} − 2 p_i) − damping v_i + repulsion p_i, with 0 for a missing
/// neighbor. A step is v += dt·force, then p += dt·v, each clipped to ±bound. The reward depends on the state before
/// the step: exp(−Σ(p² + velocity_cost v²)/n) − action_cost Σa²/n. No step is terminal.
class MassChain {
 public:
  /// Begins at rest at the origin, until `reset`. Throws ConfigError if the config is not valid.
  explicit MassChain(const MassChainConfig& config = {}) : config_(config) {
    config_.validate();
    state_.setZero(2 * config_.masses);
  }

  [[nodiscard]] static constexpr const char* name() { return "mass_chain"; }
  [[nodiscard]] const MassChainConfig& config() const { return config_; }
  [[nodiscard]] Index observation_size() const { return state_.size(); }
  [[nodiscard]] Index action_size() const { return config_.masses; }
  [[nodiscard]] Index time_limit() const { return config_.time_limit; }
  [[nodiscard]] Interval reward_range() const { return {-config_.action_cost, 1}; }

  /// Returns means of 200,000 episodes of the default task, with standard errors 0.03 and 0.003; NaN for any other
  /// config. `good` is the scripted policy plus noise N(0, 0.1²), clipped, with which data is usually collected.
  [[nodiscard]] References references() const {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    return config_ == MassChainConfig{} ? References{18.82, 97.46} : References{unknown, unknown};
  }

  /// Draws a new initial state.
  void reset(Generator& generator) {
    for (double& value : state_) value = generator.uniform(-config_.initial_range, config_.initial_range);
  }

  void observe(Eigen::Ref<Vector<double>> out) const { out = state_; }

  /// Throws DataError if the action is not n finite numbers.
  template <class = void>
  StepResult step(ConstVectorRef action) {
    detail::check_vector(name(), "the action", action, action_size());
    const Index n = config_.masses;
    const Vector<double> push = action.cwiseMax(-1.0).cwiseMin(1.0);
    Eigen::Ref<Vector<double>> position = state_.head(n);
    Eigen::Ref<Vector<double>> velocity = state_.tail(n);

    const double distance = position.squaredNorm() + config_.velocity_cost * velocity.squaredNorm();
    const auto count = static_cast<double>(n);
    const double reward = std::exp(-distance / count) - config_.action_cost * push.squaredNorm() / count;

    Vector<double> force =
        config_.strength * push - config_.damping * velocity + (config_.repulsion - 2 * config_.coupling) * position;
    force.tail(n - 1) += config_.coupling * position.head(n - 1);
    force.head(n - 1) += config_.coupling * position.tail(n - 1);
    velocity = (velocity + config_.time_step * force).cwiseMax(-config_.bound).cwiseMin(config_.bound);
    position = (position + config_.time_step * velocity).cwiseMax(-config_.bound).cwiseMin(config_.bound);
    return {reward, false};
  }

  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError if the state is not 2n finite numbers.
  void set_state(ConstVectorRef state) {
    detail::check_vector(name(), "the state", state, state_.size());
    state_ = state;
  }

  /// Returns the state behind an observation: the same numbers.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    detail::check_vector(name(), "the observation", observation, state_.size());
    return observation;
  }

  /// Acts by a saturated linear feedback, without noise.
  template <class = void>
  bool scripted(const Vector<double>& observation, Vector<double>& action) const {
    const Index n = config_.masses;
    action = (-config_.scripted_gain * (observation.head(n) + observation.tail(n))).cwiseMax(-1.0).cwiseMin(1.0);
    return true;
  }

 private:
  MassChainConfig config_;
  Vector<double> state_;
};

}  // namespace holdfast
