/// \file
/// Exact solutions of linear-quadratic control, for comparison with learners and evaluators.
#pragma once

#include <Eigen/Cholesky>
#include <cmath>
#include <concepts>
#include <numbers>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The policy u ~ N(−gain x, covariance).
template <class Real>
struct LinearGaussianOf {
  Matrix<Real> gain;        ///< K, m×n
  Matrix<Real> covariance;  ///< Σ, m×m, positive semi-definite
};

/// The value function V(x) = −xᵀ curvature x + constant.
template <class Real>
struct QuadraticValueOf {
  Matrix<Real> curvature;  ///< P, n×n
  double constant = 0;

  [[nodiscard]] double operator()(const Vector<Real>& x) const { return constant - x.dot(curvature * x); }
};

/// The function Q(x, u) = −(xᵀ state x + 2 uᵀ cross x + uᵀ action u) + constant.
template <class Real>
struct QuadraticQOf {
  Matrix<Real> state;   ///< n×n
  Matrix<Real> cross;   ///< m×n
  Matrix<Real> action;  ///< m×m, H = R + discount BᵀPB
  double constant = 0;

  [[nodiscard]] double operator()(const Vector<Real>& x, const Vector<Real>& u) const {
    return constant - x.dot(state * x) - 2 * u.dot(cross * x) - u.dot(action * u);
  }
};

/// A policy and its exact values.
template <class Real>
struct LinearQuadraticSolutionOf {
  LinearGaussianOf<Real> policy;
  QuadraticValueOf<Real> value;
  QuadraticQOf<Real> q;
};

/// The shape of a Gaussian policy's covariance matrix.
enum class Covariance { full, diagonal };

/// A linear-quadratic control problem with n states and m actions: x′ = A x + B u, reward −(xᵀQx + uᵀRu).
///
/// Its values are those of the soft Bellman equation
///
///     V(x) = E_u[Q(x, u) − temperature · log π(u|x)],  Q(x, u) = reward + discount · V(x′).
///
/// Temperature 0 gives the plain Bellman equation.
template <class Real>
struct LinearQuadraticProblemOf {
  static_assert(std::same_as<Real, double>, "holdfast: a LinearQuadraticProblem computes in double");

  Matrix<Real> dynamics;     ///< A, n×n
  Matrix<Real> input;        ///< B, n×m
  Matrix<Real> state_cost;   ///< Q, n×n, symmetric positive semi-definite
  Matrix<Real> action_cost;  ///< R, m×m, symmetric positive definite

  /// Throws ConfigError naming the first matrix that does not have the shape and property stated above.
  void validate() const;

  /// Returns the best policy among Gaussians with the given shape of covariance, and its values. The mean is that of
  /// the plain optimum, whatever the temperature. Σ is temperature/2 H⁻¹ (full) or diag(temperature / (2 H_ii)), the
  /// best for independent actions (diagonal).
  ///
  /// Throws ConfigError if the discount is outside (0, 1], the temperature is negative, or no gain keeps the discounted
  /// cost finite. With discount 1 and a positive temperature the constants are infinite or zero.
  [[nodiscard]] LinearQuadraticSolutionOf<Real> optimum(double discount, double temperature = 0,
                                                        Covariance shape = Covariance::full) const;

  /// Returns the values of a given policy. Throws ConfigError if they are not finite: the gain lets the discounted
  /// state grow, or the temperature is positive and the covariance singular. The discount is as in `optimum`.
  [[nodiscard]] LinearQuadraticSolutionOf<Real> evaluate(const LinearGaussianOf<Real>& policy, double discount,
                                                         double temperature = 0) const;

  /// Returns the undiscounted mean return of `steps` steps from a random state with E[x xᵀ] = `second_moment`. It is
  /// exact for any noise with mean zero and the policy's covariance, Gaussian or not.
  [[nodiscard]] double mean_return(const LinearGaussianOf<Real>& policy, Matrix<Real> second_moment, Index steps) const;

 private:
  [[nodiscard]] Matrix<Real> optimal_gain(double discount) const;
  [[nodiscard]] Matrix<Real> policy_curvature(const Matrix<Real>& gain, double discount) const;
  [[nodiscard]] QuadraticQOf<Real> backed_up(const QuadraticValueOf<Real>& next, double discount) const;
};

template <class Real>
void LinearQuadraticProblemOf<Real>::validate() const {
  const Index n = dynamics.rows();
  const Index m = input.cols();
  const auto check = [](bool holds, const char* matrix, const char* requirement) {
    if (!holds) throw ConfigError(message("linear-quadratic problem: ", matrix, " must be ", requirement));
  };
  const auto symmetric = [](const Matrix<Real>& a) { return (a - a.transpose()).norm() <= 1e-12 * a.norm(); };
  check(n >= 1 && dynamics.cols() == n && dynamics.allFinite(), "dynamics", "square, not empty and finite");
  check(m >= 1 && input.rows() == n && input.allFinite(), "input", "finite, with a row per state");
  check(state_cost.rows() == n && state_cost.cols() == n && state_cost.allFinite(), "state_cost",
        "finite, with a row and a column per state");
  check(action_cost.rows() == m && action_cost.cols() == m && action_cost.allFinite(), "action_cost",
        "finite, with a row and a column per action");
  // Slightly raised, because rounding may give a semi-definite cost a negative eigenvalue.
  const Matrix<Real> raised = state_cost + 1e-12 * (1 + state_cost.norm()) * Matrix<Real>::Identity(n, n);
  check(symmetric(state_cost) && raised.llt().info() == Eigen::Success, "state_cost",
        "symmetric positive semi-definite");
  check(symmetric(action_cost) && action_cost.llt().info() == Eigen::Success, "action_cost",
        "symmetric positive definite");
}

template <class Real>
QuadraticQOf<Real> LinearQuadraticProblemOf<Real>::backed_up(const QuadraticValueOf<Real>& next,
                                                             double discount) const {
  const Matrix<Real> pulled = discount * next.curvature * dynamics;
  const Matrix<Real> pushed = discount * next.curvature * input;
  return {state_cost + dynamics.transpose() * pulled, input.transpose() * pulled,
          action_cost + input.transpose() * pushed, discount * next.constant};
}

/// Returns the optimal gain by value iteration. It need not be accurate to the last digit, because at the optimum the
/// value does not change with the gain to first order.
template <class Real>
Matrix<Real> LinearQuadraticProblemOf<Real>::optimal_gain(double discount) const {
  QuadraticValueOf<Real> value{state_cost};
  for (int iteration = 0; iteration < 1'000'000; ++iteration) {
    const QuadraticQOf<Real> q = backed_up(value, discount);
    Matrix<Real> gain = q.action.llt().solve(q.cross);
    const Matrix<Real> curvature = q.state - q.cross.transpose() * gain;
    const double size = curvature.norm();
    if (!std::isfinite(size)) break;
    if ((curvature - value.curvature).norm() <= 1e-13 * size) return gain;
    value.curvature = (curvature + curvature.transpose()) / 2;
  }
  throw ConfigError(message("linear-quadratic problem: no gain keeps the cost finite at discount ", discount,
                            "; lower the discount or let the input reach the unstable states"));
}

/// Solves the discounted Lyapunov equation P = C + FᵀPF with F = √discount (A − BK) by doubling: each pass sums twice
/// as many terms of P = Σ_t (Fᵀ)ᵗ C Fᵗ.
template <class Real>
Matrix<Real> LinearQuadraticProblemOf<Real>::policy_curvature(const Matrix<Real>& gain, double discount) const {
  Matrix<Real> power = std::sqrt(discount) * (dynamics - input * gain);
  Matrix<Real> sum = state_cost + gain.transpose() * action_cost * gain;
  for (int pass = 0; pass < 64; ++pass) {
    const Matrix<Real> terms = power.transpose() * sum * power;
    sum += terms;
    const double size = sum.norm();
    if (!std::isfinite(size)) break;
    if (terms.norm() <= 1e-17 * size) return (sum + sum.transpose()) / 2;
    power = (power * power).eval();
  }
  throw ConfigError(message("linear-quadratic problem: the policy's cost is not finite at discount ", discount,
                            "; its gain must let the discounted state decay"));
}

template <class Real>
LinearQuadraticSolutionOf<Real> LinearQuadraticProblemOf<Real>::optimum(double discount, double temperature,
                                                                        Covariance shape) const {
  validate();
  require(discount > 0 && discount <= 1, "discount", "in (0, 1]", discount);
  require(temperature >= 0 && std::isfinite(temperature), "temperature", "at least 0 and finite", temperature);
  LinearGaussianOf<Real> policy{optimal_gain(discount), Matrix<Real>::Zero(input.cols(), input.cols())};
  const Matrix<Real> curvature = backed_up({policy_curvature(policy.gain, discount)}, discount).action;
  if (shape == Covariance::full)
    policy.covariance = temperature / 2 * curvature.llt().solve(Matrix<Real>::Identity(input.cols(), input.cols()));
  else
    policy.covariance.diagonal() = temperature / 2 * curvature.diagonal().cwiseInverse();
  return evaluate(policy, discount, temperature);
}

template <class Real>
LinearQuadraticSolutionOf<Real> LinearQuadraticProblemOf<Real>::evaluate(const LinearGaussianOf<Real>& policy,
                                                                         double discount, double temperature) const {
  validate();
  require(discount > 0 && discount <= 1, "discount", "in (0, 1]", discount);
  require(temperature >= 0 && std::isfinite(temperature), "temperature", "at least 0 and finite", temperature);
  const Index m = input.cols();
  if (policy.gain.rows() != m || policy.gain.cols() != dynamics.rows() || policy.covariance.rows() != m ||
      policy.covariance.cols() != m)
    throw ConfigError(message("linear-Gaussian policy: expected a gain of ", m, "×", dynamics.rows(),
                              " and a covariance of ", m, "×", m, ", but found ", policy.gain.rows(), "×",
                              policy.gain.cols(), " and ", policy.covariance.rows(), "×", policy.covariance.cols()));

  QuadraticValueOf<Real> value{policy_curvature(policy.gain, discount)};
  double surplus = -(backed_up(value, discount).action * policy.covariance).trace();
  if (temperature > 0) {
    const Eigen::LLT<Matrix<Real>> root(policy.covariance);
    if (root.info() != Eigen::Success)
      throw ConfigError("linear-Gaussian policy: its entropy is −∞; the covariance must be positive definite");
    const double log_root_determinant = root.matrixLLT().diagonal().array().log().sum();
    const double entropy_per_action = (1 + std::log(2 * std::numbers::pi)) / 2;
    surplus += temperature * (static_cast<double>(m) * entropy_per_action + log_root_determinant);
  }
  value.constant = surplus == 0 ? 0 : surplus / (1 - discount);
  return {policy, value, backed_up(value, discount)};
}

template <class Real>
double LinearQuadraticProblemOf<Real>::mean_return(const LinearGaussianOf<Real>& policy, Matrix<Real> second_moment,
                                                   Index steps) const {
  const Matrix<Real> closed = dynamics - input * policy.gain;
  const Matrix<Real> cost = state_cost + policy.gain.transpose() * action_cost * policy.gain;
  const Matrix<Real> noise = input * policy.covariance * input.transpose();
  const double noise_cost = (action_cost * policy.covariance).trace();
  double total = 0;
  for (Index t = 0; t < steps; ++t) {
    total -= (cost * second_moment).trace() + noise_cost;
    second_moment = (closed * second_moment * closed.transpose() + noise).eval();
  }
  return total;
}

// The names that the library uses. The types are templates so that a program that only includes this file does not
// compile them.
using LinearGaussian = LinearGaussianOf<double>;
using QuadraticValue = QuadraticValueOf<double>;
using QuadraticQ = QuadraticQOf<double>;
using LinearQuadraticSolution = LinearQuadraticSolutionOf<double>;
using LinearQuadraticProblem = LinearQuadraticProblemOf<double>;

#ifdef HOLDFAST_EXTERN
extern template struct LinearQuadraticProblemOf<double>;
#endif

}  // namespace holdfast
