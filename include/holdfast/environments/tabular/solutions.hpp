/// \file
/// Exact solutions of tabular MDPs: policy values, plain and soft optima, and discounted visits.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/linear_systems.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/policies.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"
#include "holdfast/environments/tabular/termination.hpp"

namespace holdfast {

/// A policy and its exact values, which satisfy
///
///     V(s) = Σ_a π(a|s) (Q(s, a) − temperature · log(π(a|s)/prior(a|s)))
///     Q(s, a) = r(s, a) + discount · Σ_s′ P(s′|s, a) V(s′).
///
/// Without a prior, prior(a|s) is 1 for each action, and the soft values are those of maximum entropy. Temperature 0
/// gives the plain Bellman equation. Linear systems are solved by LU, so that all values are exact up to rounding.
///
/// With discount 1, values exist only if the process ends. For a policy, it must end with probability one from every
/// state. For an optimum, it must end under every policy, because even a policy that is far from optimal must have a
/// value. Otherwise DataError names a state from which the process does not end.
struct TabularSolution {
  Matrix<double> policy;  ///< A×S
  Vector<double> value;   ///< S
  Matrix<double> q;       ///< A×S, NaN where the action is not available
};

namespace detail {

/// Checks the arguments that all solutions have in common, but not whether the process ends.
inline void check_problem(const TabularMdp& mdp, double discount) {
  mdp.validate();
  require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
}

template <class = void>
inline void check_policy_ends(const TabularMdp& mdp, const Matrix<double>& policy, double discount) {
  if (discount < 1) return;
  if (const auto state = endless_state(mdp, policy.array() > 0, ActionRule::any))
    throw DataError(message("tabular MDP: with discount 1 the policy must end the process, but from state ", *state,
                            " it never ends; choose a discount below 1 or give the state an end"));
}

template <class = void>
inline void check_always_ends(const TabularMdp& mdp, const Matrix<double>& measure, double discount) {
  if (discount < 1) return;
  if (const auto state = endless_state(mdp, measure.array() > 0, ActionRule::worst))
    throw DataError(message("tabular MDP: with discount 1 every policy must end the process, but from state ", *state,
                            " some policy never does; choose a discount below 1 or give the state an end"));
}

/// Returns r + discount · P V for every action, available or not, A×S.
template <class = void>
inline Matrix<double> backed_up(const TabularMdp& mdp, const Vector<double>& value, double discount) {
  Matrix<double> q = mdp.rewards;
  q.reshaped() += discount * (mdp.transitions.transpose() * value);
  return q;
}

/// Returns P_π, S×S: column s has the probabilities that the process goes on from s in each state.
template <class = void>
inline Matrix<double> policy_transitions(const TabularMdp& mdp, const Matrix<double>& policy) {
  Matrix<double> out(mdp.states(), mdp.states());
  for (Index state = 0; state < mdp.states(); ++state)
    out.col(state).noalias() = mdp.transitions.middleCols(mdp.column(state, 0), mdp.actions()) * policy.col(state);
  return out;
}

/// Returns I − discount · P_π.
template <class = void>
inline Matrix<double> resolvent(const TabularMdp& mdp, const Matrix<double>& policy, double discount) {
  return Matrix<double>::Identity(mdp.states(), mdp.states()) - discount * policy_transitions(mdp, policy);
}

/// Returns the soft values of a policy by one linear system. The arguments must be valid.
template <class = void>
inline Vector<double> policy_value(const TabularMdp& mdp, const Matrix<double>& policy, double discount,
                                   double temperature, const Matrix<double>& measure) {
  Vector<double> rewards = Vector<double>::Zero(mdp.states());
  for (Index state = 0; state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action)
      if (const double chance = policy(action, state); chance > 0) {
        const double penalty = temperature > 0 ? temperature * std::log(chance / measure(action, state)) : 0;
        rewards[state] += chance * (mdp.rewards(action, state) - penalty);
      }
  return solve_square<double>(resolvent(mdp, policy, discount).transpose(), rewards);
}

template <class = void>
inline TabularSolution solution(const TabularMdp& mdp, const Matrix<double>& policy, const Vector<double>& value,
                                double discount) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return {policy, value, mdp.available.select(backed_up(mdp, value, discount).array(), none)};
}

/// Returns the optimal values by policy iteration, plain or soft. This is Newton's method on the Bellman equation: the
/// values rise in each step until only rounding errors are left.
template <class Improve>
Vector<double> iterate_policies(const TabularMdp& mdp, Matrix<double> policy, double discount, double temperature,
                                const Matrix<double>& measure, Improve&& improve) {
  Vector<double> value = policy_value(mdp, policy, discount, temperature, measure);
  for (;;) {
    policy = improve(backed_up(mdp, value, discount));
    const Vector<double> next = policy_value(mdp, policy, discount, temperature, measure);
    if (!((next - value).sum() > 0)) return value;
    value = next;
  }
}

}  // namespace detail

/// Returns the values of a policy, A×S, which are soft if the temperature is positive.
///
/// Throws ConfigError if the discount is outside [0, 1] or the temperature is negative. Throws DataError if the MDP or
/// the policy is not valid, if there is no value (discount 1), or if the temperature is positive and the policy takes
/// an action that has probability 0 under the prior.
template <class = void>
[[nodiscard]] inline TabularSolution evaluate_policy(const TabularMdp& mdp, const Matrix<double>& policy,
                                                     double discount, double temperature = 0,
                                                     const std::optional<Matrix<double>>& prior = {}) {
  detail::check_problem(mdp, discount);
  require(temperature >= 0 && std::isfinite(temperature), "temperature", "at least 0 and finite", temperature);
  validate_policy(mdp, policy);
  const Matrix<double> measure = detail::base_measure(mdp, prior);
  for (Index state = 0; temperature > 0 && state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action)
      if (policy(action, state) > 0 && !(measure(action, state) > 0))
        throw DataError(message("policy: state ", state, ", action ", action,
                                ": has no chance under the prior, so the chance must be 0, but is ",
                                policy(action, state)));
  detail::check_policy_ends(mdp, policy, discount);
  return detail::solution(mdp, policy, detail::policy_value(mdp, policy, discount, temperature, measure), discount);
}

/// Returns the best policy with V* and Q*. In each state it takes the first of the actions that are best up to
/// rounding.
///
/// Throws ConfigError if the discount is outside [0, 1]. Throws DataError if the MDP is not valid or, with discount 1,
/// some policy never ends it.
template <class = void>
[[nodiscard]] inline TabularSolution optimum(const TabularMdp& mdp, double discount) {
  detail::check_problem(mdp, discount);
  const Matrix<double> measure = mdp.available.cast<double>();
  detail::check_always_ends(mdp, measure, discount);
  const auto improve = [&](const Matrix<double>& q) { return greedy_policy(mdp, q); };
  const Vector<double> value = detail::iterate_policies(mdp, uniform_policy(mdp), discount, 0, measure, improve);
  const Matrix<double> q = detail::backed_up(mdp, value, discount);
  const double rounding = 1e-13 * (1 + value.lpNorm<Eigen::Infinity>());
  return detail::solution(mdp, greedy_policy(mdp, q, rounding), value, discount);
}

/// Returns the policy of the highest soft value, which is the softmax of its Q, and its values:
/// V(s) = temperature · log Σ_a prior(a|s) exp(Q(s, a)/temperature).
///
/// Without a prior this is maximum-entropy control (as in SAC). With a prior it is control regularized by the KL
/// divergence from the prior. Throws like `optimum`; with discount 1, only policies over the prior's actions must end
/// the process. Also throws ConfigError unless the temperature is positive, and DataError if the prior is not a policy.
template <class = void>
[[nodiscard]] inline TabularSolution soft_optimum(const TabularMdp& mdp, double discount, double temperature,
                                                  const std::optional<Matrix<double>>& prior = {}) {
  detail::check_problem(mdp, discount);
  require(temperature > 0 && std::isfinite(temperature), "temperature", "positive and finite", temperature);
  const Matrix<double> measure = detail::base_measure(mdp, prior);
  detail::check_always_ends(mdp, measure, discount);
  const auto improve = [&](const Matrix<double>& q) { return softmax_policy(mdp, q, temperature, prior); };
  const Matrix<double> start = prior ? *prior : uniform_policy(mdp);
  const Vector<double> value = detail::iterate_policies(mdp, start, discount, temperature, measure, improve);
  return detail::solution(mdp, improve(detail::backed_up(mdp, value, discount)), value, discount);
}

/// Returns Σ_t discountᵗ P(s_t = s), S: the discounted visits to each state, starting from `initial`. Their sum is
/// 1/(1 − discount) if the process never ends, and less if it does. Throws like `evaluate_policy`.
template <class = void>
[[nodiscard]] inline Vector<double> discounted_visits(const TabularMdp& mdp, const Matrix<double>& policy,
                                                      double discount) {
  detail::check_problem(mdp, discount);
  validate_policy(mdp, policy);
  detail::check_policy_ends(mdp, policy, discount);
  return solve_square<double>(detail::resolvent(mdp, policy, discount), mdp.initial);
}

/// Returns the expected discounted return of a policy from `initial`. Throws like `evaluate_policy`.
template <class = void>
[[nodiscard]] inline double policy_return(const TabularMdp& mdp, const Matrix<double>& policy, double discount) {
  return mdp.initial.dot(evaluate_policy(mdp, policy, discount).value);
}

}  // namespace holdfast
