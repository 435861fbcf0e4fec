/// \file
/// LinearQuadratic: linear dynamics and quadratic cost as an environment, with a known optimum.
#pragma once

#include <limits>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/riccati.hpp"

namespace holdfast {

/// Returns the default problem: two carts on a line (positions, then velocities), tied by a spring, with friction.
/// Nothing holds them at the origin. Each action pushes its own cart, and the second action also pushes the first cart.
/// The costs of the actions are correlated, so that the best Gaussian policy has correlated actions too. Optimal
/// actions are mostly within [-1, 1].
template <class = void>
[[nodiscard]] inline LinearQuadraticProblem coupled_carts() {
  LinearQuadraticProblem carts;
  carts.dynamics.resize(4, 4);
  carts.dynamics << 1, 0, 0.1, 0,  //
      0, 1, 0, 0.1,                //
      -0.05, 0.05, 0.95, 0,        //
      0.05, -0.05, 0, 0.95;
  carts.input.resize(4, 2);
  carts.input << 0, 0,  //
      0, 0,             //
      0.2, 0.1,         //
      0, 0.2;
  carts.state_cost = Eigen::Vector4d(1, 1, 0.1, 0.1).asDiagonal();
  carts.action_cost.resize(2, 2);
  carts.action_cost << 1, 0.3,  //
      0.3, 1;
  return carts;
}

/// The parameters of LinearQuadratic.
struct LinearQuadraticConfig {
  LinearQuadraticProblem problem = coupled_carts();
  double initial_range = 1;  ///< each entry of the initial state ~ U(−range, range), at least 0
  Index time_limit = 100;    ///< steps, at least 1

  /// Throws ConfigError naming the first field outside its range.
  template <class = void>
  void validate() const {
    problem.validate();
    require(initial_range >= 0, "linear_quadratic.initial_range", "at least 0", initial_range);
    require(time_limit >= 1, "linear_quadratic.time_limit", "at least 1", time_limit);
  }
};

/// A linear-quadratic problem as an environment: x′ = A x + B u without noise, fully observed. The reward
/// −(xᵀQx + uᵀRu) depends on the state before the step. No step is terminal.
///
/// Actions are **not** clipped, and rewards have no lower bound: with clipping, the solutions of `riccati.hpp` would
/// not be exact.
class LinearQuadratic {
 public:
  /// Begins at the origin, until `reset`. Throws ConfigError if the config is not valid or no gain stabilizes the
  /// system.
  template <class = void>
  explicit LinearQuadratic(const LinearQuadraticConfig& config = {})
      : config_(config), gain_(config.problem.optimum(1).policy.gain) {
    config_.validate();
    state_.setZero(config_.problem.dynamics.rows());
  }

  [[nodiscard]] static constexpr const char* name() { return "linear_quadratic"; }
  [[nodiscard]] const LinearQuadraticConfig& config() const { return config_; }
  [[nodiscard]] Index observation_size() const { return state_.size(); }
  [[nodiscard]] Index action_size() const { return gain_.rows(); }
  [[nodiscard]] Index time_limit() const { return config_.time_limit; }
  [[nodiscard]] static constexpr Interval reward_range() { return {-std::numeric_limits<double>::infinity(), 0}; }

  /// Returns the exact mean returns of uniform actions and of the scripted policy, for any config.
  template <class = void>
  [[nodiscard]] References references() const {
    const Index n = observation_size();
    const Index m = action_size();
    const double range = config_.initial_range;
    const Matrix<double> initial = range * range / 3 * Matrix<double>::Identity(n, n);
    const LinearGaussian uniform{Matrix<double>::Zero(m, n), Matrix<double>::Identity(m, m) / 3};
    const LinearGaussian good{gain_, Matrix<double>::Zero(m, m)};
    return {config_.problem.mean_return(uniform, initial, time_limit()),
            config_.problem.mean_return(good, initial, time_limit())};
  }

  /// Draws a new initial state.
  void reset(Generator& generator) {
    for (double& value : state_) value = generator.uniform(-config_.initial_range, config_.initial_range);
  }

  void observe(Eigen::Ref<Vector<double>> out) const { out = state_; }

  /// Throws DataError if the action is not m finite numbers.
  template <class = void>
  StepResult step(ConstVectorRef action) {
    detail::check_vector(name(), "the action", action, action_size());
    const LinearQuadraticProblem& problem = config_.problem;
    const double cost = state_.dot(problem.state_cost * state_) + action.dot(problem.action_cost * action);
    state_ = (problem.dynamics * state_ + problem.input * action).eval();
    return {-cost, false};
  }

  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError if the state is not n finite numbers.
  void set_state(ConstVectorRef state) {
    detail::check_vector(name(), "the state", state, state_.size());
    state_ = state;
  }

  /// Returns the state behind an observation: the same numbers.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    detail::check_vector(name(), "the observation", observation, state_.size());
    return observation;
  }

  /// Acts by the optimal feedback of the undiscounted problem without a time limit.
  template <class = void>
  bool scripted(const Vector<double>& observation, Vector<double>& action) const {
    action.noalias() = -gain_ * observation;
    return true;
  }

 private:
  LinearQuadraticConfig config_;
  Matrix<double> gain_;
  Vector<double> state_;
};

}  // namespace holdfast
