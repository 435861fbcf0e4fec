/// \file
/// Exact solutions of a tabular MDP for learners that stay within the data: IQL's expectiles and CQL's values.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/policies.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The values to which a learner that stays within the data converges. They satisfy Q(s, a) = r(s, a) + discount ·
/// Σ_s′ P(s′|s, a) V(s′), but for a penalty of the learner.
struct InDataSolution {
  Matrix<double> q;      ///< A×S; −∞ where the data has no such action
  Vector<double> value;  ///< S
};

namespace detail {

/// Returns the m with Σ_a β_a |τ − 1[q_a < m]| (q_a − m) = 0, the τ-expectile, over the actions with β_a > 0, by
/// Newton's method. The equation is linear between two q_a, and from the second step on m moves in one direction, so
/// that A + 2 steps are enough.
inline double expectile_of(const Vector<double>& q, const Vector<double>& chances, double expectile) {
  double found = chances.dot((chances.array() > 0).select(q, 0).matrix());
  for (Index step = 0; step < q.size() + 2; ++step) {
    double weight = 0;
    double sum = 0;
    for (Index a = 0; a < q.size(); ++a) {
      if (!(chances(a) > 0)) continue;
      const double share = chances(a) * (q(a) < found ? 1 - expectile : expectile);
      weight += share;
      sum += share * q(a);
    }
    if (sum / weight == found) break;
    found = sum / weight;
  }
  return found;
}

/// Returns argmin_Q Σ_a β_a (Q_a − y_a)² + α (log Σ_a exp Q_a − Σ_a β_a Q_a) over the actions with β_a > 0, by Newton's
/// method with steps that are halved until the function falls. The values of the others are −∞, where the minimum puts
/// them.
inline Vector<double> conserved(const Vector<double>& y, const Vector<double>& chances, double alpha) {
  std::vector<Index> seen;
  for (Index a = 0; a < y.size(); ++a)
    if (chances(a) > 0) seen.push_back(a);
  const Vector<double> share = chances(seen);
  const Vector<double> target = y(seen);
  const auto loss = [&](const Vector<double>& q) {
    const double highest = q.maxCoeff();
    return (share.array() * (q - target).array().square()).sum() +
           alpha * (highest + std::log((q.array() - highest).exp().sum()) - share.dot(q));
  };
  constexpr double near = 1e-7;  // the error of the next step is about the square of this one's
  Vector<double> q = target;
  for (int step = 0; step < 100; ++step) {
    const Vector<double> raised = (q.array() - q.maxCoeff()).exp();
    const Vector<double> softmax = raised / raised.sum();
    const Vector<double> slope = 2 * share.cwiseProduct(q - target) + alpha * (softmax - share);
    Matrix<double> curvature = -alpha * softmax * softmax.transpose();
    curvature.diagonal() += 2 * share + alpha * softmax;
    const Vector<double> move = curvature.ldlt().solve(slope);
    const double size = move.cwiseAbs().maxCoeff() / (1 + q.cwiseAbs().maxCoeff());
    double length = 1;
    while (size > near && length > 1e-9 && !(loss(q - length * move) <= loss(q))) length /= 2;
    q -= length * move;
    if (size <= near) break;
  }
  Vector<double> all = Vector<double>::Constant(y.size(), -std::numeric_limits<double>::infinity());
  all(seen) = q;
  return all;
}

/// Iterates V ← `value_of(s, Q)`, Q ← r + discount · P V from V = 0. The map must be a contraction by the discount:
/// after as many rounds as are made, the error is at most 10⁻¹⁵ of the first one. `value_of` may change the Q of its
/// state.
template <class ValueOf>
InDataSolution iterate_values(const TabularMdp& mdp, double discount, ValueOf&& value_of) {
  check_problem(mdp, discount);
  require(discount < 1, "discount", "below 1, for the iteration to converge", discount);
  InDataSolution found{Matrix<double>::Zero(mdp.actions(), mdp.states()), Vector<double>::Zero(mdp.states())};
  const double rounds = discount == 0 ? 1 : std::ceil(std::log(1e-15) / std::log(discount));
  for (double round = 0; round < rounds; ++round) {
    found.q = backed_up(mdp, found.value, discount);
    const Vector<double> before = found.value;
    for (Index s = 0; s < mdp.states(); ++s) found.value(s) = value_of(s, found.q);
    const double change = (found.value - before).cwiseAbs().maxCoeff();
    if (change <= 1e-15 * (1 - discount) * (1 + found.value.cwiseAbs().maxCoeff())) break;
  }
  return found;
}

}  // namespace detail

/// Returns the values of IQL (Kostrikov et al. 2022, section 4.2): V(s) is the τ-expectile of Q(s, a) over the behavior
/// policy's actions. At τ = 1/2 they are the behavior policy's own; as τ → 1 they tend to the best within the data.
/// `softmax_policy(mdp, q, λ, behavior)` is IQL's policy where no weight exp(A/λ) reaches its cap. The map of the
/// iteration is a contraction, because an expectile never changes by more than its arguments.
///
/// Throws ConfigError unless the discount is in [0, 1) and the expectile in (0, 1). Throws DataError if the MDP or the
/// behavior policy is not valid.
[[nodiscard]] inline InDataSolution expectile_solution(const TabularMdp& mdp, const Matrix<double>& behavior,
                                                       double discount, double expectile) {
  require(expectile > 0 && expectile < 1, "expectile", "in (0, 1)", expectile);
  validate_policy(mdp, behavior, "behavior");
  return detail::iterate_values(mdp, discount, [&](Index s, Matrix<double>& q) {
    const double value = detail::expectile_of(q.col(s), behavior.col(s), expectile);
    q.col(s) = (behavior.col(s).array() > 0).select(q.col(s), -std::numeric_limits<double>::infinity());
    return value;
  });
}

/// Returns the values of CQL over finite actions with the squared loss (Kumar et al. 2020, equation 4): in each state
/// Q minimizes
///
///     Σ_a β(a|s) (Q(s, a) − y(s, a))² + α (log Σ_a exp Q(s, a) − Σ_a β(a|s) Q(s, a)),
///
/// with y = r + discount · P V and V(s) = max_a Q(s, a). The minimum over actions that the data does not have is −∞:
/// nothing holds their Q up. With α = 0 the values are the best within the data.
///
/// The map of the iteration is a contraction: the derivative of the minimizer Q with respect to y is a matrix of
/// weights, none negative, whose rows sum to 1.
///
/// Throws ConfigError unless the discount is in [0, 1) and α at least 0. Throws DataError if the MDP or the behavior
/// policy is not valid.
[[nodiscard]] inline InDataSolution conservative_solution(const TabularMdp& mdp, const Matrix<double>& behavior,
                                                          double discount, double alpha) {
  require(alpha >= 0, "alpha", "at least 0", alpha);
  validate_policy(mdp, behavior, "behavior");
  return detail::iterate_values(mdp, discount, [&](Index s, Matrix<double>& q) {
    q.col(s) = detail::conserved(q.col(s), behavior.col(s), alpha);
    return q.col(s).maxCoeff();
  });
}

}  // namespace holdfast
