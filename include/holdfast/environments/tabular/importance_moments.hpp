/// \file
/// The exact mean and variance of importance sampling estimates from one trajectory of a TabularMdp.
#pragma once

#include <cstddef>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/policies.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The mean and variance of the estimate from one trajectory. The standard deviation over √n is the true standard error
/// of the mean over n trajectories, which samples do not show if the horizon is long.
///
/// Moments are computed by dynamic programming over the remaining steps, O(horizon · A · S²). If the behavior policy
/// can take every action that the target policy can take, the mean of an estimate of the value is the target policy's
/// value.
struct Moments {
  double mean = 0;
  double variance = 0;
};

/// The behavior policy of the data and the target policy to evaluate, both A×S.
struct PolicyPair {
  Matrix<double> behavior;
  Matrix<double> target;

  /// Returns ρ = target/behavior, A×S, with 0 where the behavior has probability 0. Throws DataError, naming state and
  /// action, unless both are policies of the process and the behavior has a positive probability wherever the target
  /// has.
  [[nodiscard]] Matrix<double> ratios(const TabularMdp& mdp) const {
    validate_policy(mdp, behavior, "behavior");
    validate_policy(mdp, target, "target");
    Matrix<double> rho = Matrix<double>::Zero(mdp.actions(), mdp.states());
    for (Index state = 0; state < mdp.states(); ++state)
      for (Index action = 0; action < mdp.actions(); ++action) {
        if (behavior(action, state) == 0 && target(action, state) > 0)
          throw DataError(message("behavior: state ", state, ", action ", action,
                                  ": the chance must be positive, as the target's is, but is 0"));
        if (behavior(action, state) > 0) rho(action, state) = target(action, state) / behavior(action, state);
      }
    return rho;
  }
};

namespace detail {

inline void check_finite_horizon(const TabularMdp& mdp, double discount, Index horizon) {
  mdp.validate();
  require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
  require(horizon >= 1, "horizon", "at least 1", horizon);
}

/// Calls `visit(action, next, probability)` for every possible outcome of a state under the behavior policy; `next` is
/// −1 at the end.
template <class Visit>
void each_outcome(const TabularMdp& mdp, const Matrix<double>& behavior, Index state, Visit&& visit) {
  for (Index action = 0; action < mdp.actions(); ++action) {
    const double taken = behavior(action, state);
    if (taken == 0) continue;
    if (const double end = mdp.terminations(action, state); end > 0) visit(action, Index{-1}, taken * end);
    for (Index next = 0; next < mdp.states(); ++next)
      if (const double chance = mdp.transitions(next, mdp.column(state, action)); chance > 0)
        visit(action, next, taken * chance);
  }
}

/// Returns the moments over the initial states of a quantity that has the given moments from each state.
template <class = void>
inline Moments over_initial(const TabularMdp& mdp, const Vector<double>& mean, const Vector<double>& variance) {
  const double total = mdp.initial.dot(mean);
  return {total, mdp.initial.dot(variance + (mean.array() - total).square().matrix())};
}

}  // namespace detail

/// Returns Q of a policy with 1 to `horizon` steps left, each A×S. Entry h − 1 has h steps left; nothing follows the
/// last step. Throws DataError if the process or the policy is not valid, ConfigError if a number is out of range.
template <class = void>
[[nodiscard]] inline std::vector<Matrix<double>> finite_horizon_q(const TabularMdp& mdp, const Matrix<double>& policy,
                                                                  double discount, Index horizon) {
  detail::check_finite_horizon(mdp, discount, horizon);
  validate_policy(mdp, policy);
  std::vector<Matrix<double>> q{mdp.rewards};
  while (static_cast<Index>(q.size()) < horizon) {
    const Vector<double> value = policy.cwiseProduct(q.back()).colwise().sum().transpose();
    q.push_back(detail::backed_up(mdp, value, discount));
  }
  return q;
}

/// Returns the moments of the weight W = Π_t ρ_t of a whole trajectory. The mean is 1, and n/(1 + variance) is the
/// effective sample size of n trajectories. Throws like PolicyPair::ratios and finite_horizon_q.
template <class = void>
[[nodiscard]] inline Moments importance_weight_moments(const TabularMdp& mdp, const PolicyPair& policies,
                                                       Index horizon) {
  detail::check_finite_horizon(mdp, 1, horizon);
  const Matrix<double> rho = policies.ratios(mdp);
  Vector<double> squares = Vector<double>::Ones(mdp.states());
  for (Index left = 1; left <= horizon; ++left) {
    Vector<double> before = Vector<double>::Zero(mdp.states());
    for (Index state = 0; state < mdp.states(); ++state)
      detail::each_outcome(mdp, policies.behavior, state, [&](Index action, Index next, double chance) {
        before(state) += chance * rho(action, state) * rho(action, state) * (next < 0 ? 1 : squares(next));
      });
    squares = before;
  }
  return {1, mdp.initial.dot(squares) - 1};
}

/// Returns the moments of importance sampling: the weight W times the return G = Σ_t γ^t r_t. The variance is computed
/// as a difference, so that its error is the rounding error of E[(W G)²]. Throws like PolicyPair::ratios and
/// finite_horizon_q.
template <class = void>
[[nodiscard]] inline Moments importance_sampling_moments(const TabularMdp& mdp, const PolicyPair& policies,
                                                         double discount, Index horizon) {
  detail::check_finite_horizon(mdp, discount, horizon);
  const Matrix<double> rho = policies.ratios(mdp);
  // E[W G], E[W²], E[W² G] and E[W² G²] from each state.
  Matrix<double> after = Matrix<double>::Zero(4, mdp.states());
  after.row(1).setOnes();
  const Eigen::Vector4d ended = Eigen::Vector4d::Unit(1);
  for (Index left = 1; left <= horizon; ++left) {
    Matrix<double> now = Matrix<double>::Zero(4, mdp.states());
    for (Index state = 0; state < mdp.states(); ++state)
      detail::each_outcome(mdp, policies.behavior, state, [&](Index action, Index next, double chance) {
        const Eigen::Vector4d then = next < 0 ? ended : Eigen::Vector4d(after.col(next));
        const double ratio = rho(action, state);
        const double reward = mdp.rewards(action, state);
        const double weight = chance * ratio * ratio;
        // E[W] = 1 from every state.
        now(0, state) += chance * ratio * (reward + discount * then(0));
        now(1, state) += weight * then(1);
        now(2, state) += weight * (reward * then(1) + discount * then(2));
        now(3, state) +=
            weight * (reward * reward * then(1) + 2 * reward * discount * then(2) + discount * discount * then(3));
      });
    after = now;
  }
  const Vector<double> total = after * mdp.initial;
  return {total(0), total(3) - total(0) * total(0)};
}

/// Returns the moments of the doubly robust estimate, V̂_h = V_h(s) + ρ (r + γ V̂_{h−1} − Q_h(s, a)) with V̂_0 = 0 and
/// V_h = E_target[Q_h]. `q` holds a Q for each number of steps left, like the result of finite_horizon_q; its size is
/// the horizon.
///
/// The variance is a sum of squares (by the law of total variance; Jiang and Li, "Doubly robust off-policy value
/// evaluation for reinforcement learning", ICML 2016), so that a small one is exact too. Throws like PolicyPair::ratios
/// and finite_horizon_q. Also throws DataError if a Q is not A×S.
template <class = void>
[[nodiscard]] inline Moments doubly_robust_moments(const TabularMdp& mdp, const PolicyPair& policies, double discount,
                                                   const std::vector<Matrix<double>>& q) {
  detail::check_finite_horizon(mdp, discount, static_cast<Index>(q.size()));
  const Matrix<double> rho = policies.ratios(mdp);
  Vector<double> mean = Vector<double>::Zero(mdp.states());
  Vector<double> variance = Vector<double>::Zero(mdp.states());
  for (const Matrix<double>& now : q) {
    detail::check_q(policies.behavior, now);
    Vector<double> next_mean = Vector<double>::Zero(mdp.states());
    Vector<double> next_variance = Vector<double>::Zero(mdp.states());
    for (Index state = 0; state < mdp.states(); ++state) {
      const double value = policies.target.col(state).dot(now.col(state));
      const auto sample = [&](Index action, Index next) {
        const double rest = next < 0 ? 0 : mean(next);
        return value + rho(action, state) * (mdp.rewards(action, state) + discount * rest - now(action, state));
      };
      detail::each_outcome(mdp, policies.behavior, state, [&](Index action, Index next, double chance) {
        next_mean(state) += chance * sample(action, next);
      });
      detail::each_outcome(mdp, policies.behavior, state, [&](Index action, Index next, double chance) {
        const double off = sample(action, next) - next_mean(state);
        const double factor = discount * rho(action, state);
        next_variance(state) += chance * (off * off + (next < 0 ? 0 : factor * factor * variance(next)));
      });
    }
    mean = next_mean;
    variance = next_variance;
  }
  return detail::over_initial(mdp, mean, variance);
}

/// Returns the moments of per-decision importance sampling, Σ_t γ^t W_t r_t. Throws like PolicyPair::ratios and
/// finite_horizon_q.
template <class = void>
[[nodiscard]] inline Moments per_decision_moments(const TabularMdp& mdp, const PolicyPair& policies, double discount,
                                                  Index horizon) {
  detail::check_finite_horizon(mdp, discount, horizon);
  const std::vector<Matrix<double>> nothing(static_cast<std::size_t>(horizon),
                                            Matrix<double>::Zero(mdp.actions(), mdp.states()));
  return doubly_robust_moments(mdp, policies, discount, nothing);
}

}  // namespace holdfast
