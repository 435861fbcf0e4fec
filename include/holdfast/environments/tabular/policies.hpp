/// \file
/// Policies of a TabularMdp, as A×S matrices of probabilities: validation, and uniform, greedy and softmax policies.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// Throws DataError, naming the state, unless `policy` is A×S and each column is a distribution over the actions that
/// are available in its state. `name` is the policy's name in the message.
inline void validate_policy(const TabularMdp& mdp, const Matrix<double>& policy, const char* name = "policy") {
  if (policy.rows() != mdp.actions() || policy.cols() != mdp.states())
    throw DataError(message(name, ": expected ", mdp.actions(), " actions × ", mdp.states(), " states, found ",
                            policy.rows(), "×", policy.cols()));
  for (Index state = 0; state < mdp.states(); ++state) {
    for (Index action = 0; action < mdp.actions(); ++action) {
      const double chance = policy(action, state);
      if (!std::isfinite(chance) || chance < 0)
        throw DataError(message(name, ": state ", state, ", action ", action,
                                ": the chance must be finite and not negative, but is ", chance));
      if (chance > 0 && !mdp.available(action, state))
        throw DataError(message(name, ": state ", state, ", action ", action,
                                ": the chance must be 0, since the action is not available, but is ", chance));
    }
    const double total = policy.col(state).sum();
    if (std::abs(total - 1) > detail::chance_tolerance)
      throw DataError(message(name, ": state ", state, ": the chances must sum to 1, but sum to ", total));
  }
}

/// Returns the policy that takes every available action with the same probability.
[[nodiscard]] inline Matrix<double> uniform_policy(const TabularMdp& mdp) {
  Matrix<double> policy = mdp.available.cast<double>();
  for (Index state = 0; state < mdp.states(); ++state) policy.col(state) /= policy.col(state).sum();
  return policy;
}

namespace detail {

/// Throws DataError unless `q` is A×S and finite wherever `measure`, A×S, is positive.
inline void check_q(const Matrix<double>& measure, const Matrix<double>& q) {
  if (q.rows() != measure.rows() || q.cols() != measure.cols())
    throw DataError(message("Q: expected ", measure.rows(), " actions × ", measure.cols(), " states, found ", q.rows(),
                            "×", q.cols()));
  for (Index state = 0; state < q.cols(); ++state)
    for (Index action = 0; action < q.rows(); ++action)
      if (measure(action, state) > 0 && !std::isfinite(q(action, state)))
        throw DataError(message("Q: state ", state, ", action ", action,
                                ": must be finite, since the action may be taken, but is ", q(action, state)));
}

/// Returns the base measure of the entropy, A×S: the prior, or 1 for each available action.
inline Matrix<double> base_measure(const TabularMdp& mdp, const std::optional<Matrix<double>>& prior) {
  if (!prior) return mdp.available.cast<double>();
  validate_policy(mdp, *prior, "prior");
  return *prior;
}

}  // namespace detail

/// Returns the policy that takes, in each state, the first available action whose Q is within `tolerance` of the best.
/// The Q (A×S) of actions that are not available is not read. Throws DataError, naming state and action, if the Q of an
/// available action is not finite.
[[nodiscard]] inline Matrix<double> greedy_policy(const TabularMdp& mdp, const Matrix<double>& q,
                                                  double tolerance = 0) {
  require(tolerance >= 0, "tolerance", "at least 0", tolerance);
  detail::check_q(mdp.available.cast<double>(), q);
  Matrix<double> policy = Matrix<double>::Zero(mdp.actions(), mdp.states());
  for (Index state = 0; state < mdp.states(); ++state) {
    double best = -std::numeric_limits<double>::infinity();
    for (Index action = 0; action < mdp.actions(); ++action)
      if (mdp.available(action, state)) best = std::max(best, q(action, state));
    Index first = 0;
    while (!mdp.available(first, state) || q(first, state) < best - tolerance) ++first;
    policy(first, state) = 1;
  }
  return policy;
}

/// Returns the policy π(a|s) ∝ prior(a|s) exp(Q(s, a)/temperature). Without a prior it is ∝ exp(Q(s, a)/temperature)
/// over the available actions. `q` is as in `greedy_policy`. Throws ConfigError unless the temperature is positive,
/// DataError if the prior is not a policy.
[[nodiscard]] inline Matrix<double> softmax_policy(const TabularMdp& mdp, const Matrix<double>& q, double temperature,
                                                   const std::optional<Matrix<double>>& prior = {}) {
  require(temperature > 0 && std::isfinite(temperature), "temperature", "positive and finite", temperature);
  Matrix<double> policy = detail::base_measure(mdp, prior);
  detail::check_q(policy, q);
  for (Index state = 0; state < mdp.states(); ++state) {
    double best = -std::numeric_limits<double>::infinity();
    for (Index action = 0; action < mdp.actions(); ++action)
      if (policy(action, state) > 0) best = std::max(best, q(action, state));
    for (Index action = 0; action < mdp.actions(); ++action)
      if (policy(action, state) > 0) policy(action, state) *= std::exp((q(action, state) - best) / temperature);
    policy.col(state) /= policy.col(state).sum();
  }
  return policy;
}

}  // namespace holdfast
