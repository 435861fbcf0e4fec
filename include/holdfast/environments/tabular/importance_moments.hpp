/// \file
/// What importance sampling says of one trajectory of a TabularMdp, exactly: its mean and its variance, which no sample
/// shows once the horizon is long.
///
/// All are by dynamic programming over the steps that are left, O(horizon · A · S²). Where the behavior may take every
/// action that the evaluated policy may take, every mean is the policy's value.
#pragma once

#include <cstddef>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/policies.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// Of one trajectory's number: over √n the standard deviation is the true standard error of the mean of n.
struct Moments {
  double mean = 0;
  double variance = 0;
};

/// The data's policy and the one that is evaluated by it, both A×S.
struct PolicyPair {
  Matrix<double> behavior;
  Matrix<double> target;

  /// ρ = target/behavior, A×S; 0 where the behavior never goes. Throws DataError, naming state and action, unless both
  /// are policies of the process and the behavior has a chance wherever the target has.
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

/// Calls `visit(action, next, chance)` for all that may follow a state under the behavior; `next` is −1 at the end.
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

/// Over the initial states, of what has these moments from each.
template <class = void>
inline Moments over_initial(const TabularMdp& mdp, const Vector<double>& mean, const Vector<double>& variance) {
  const double total = mdp.initial.dot(mean);
  return {total, mdp.initial.dot(variance + (mean.array() - total).square().matrix())};
}

}  // namespace detail

/// Q of a policy with 1 to `horizon` steps left, A×S each: the one at h − 1 with h. Nothing follows the last step.
/// Throws DataError unless process and policy are valid, ConfigError where a number is out of range.
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

/// Of the weight W = Π_t ρ_t of a whole trajectory; its mean is 1, and n/(1 + variance) what n trajectories count for.
/// Throws as PolicyPair::ratios and finite_horizon_q.
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

/// Of W G, weight times return Σ_t γ^t r_t: importance sampling. The variance is a difference, so its error is that of
/// rounding E[(W G)²]. Throws as PolicyPair::ratios and finite_horizon_q.
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
        // E[W] = 1 from everywhere.
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

/// Of V̂_h = V_h(s) + ρ (r + γ V̂_{h−1} − Q_h(s, a)), V̂_0 = 0 and V = E_target[Q]: doubly robust with the Q given for
/// each number of steps left, as finite_horizon_q gives it, its size the horizon. The variance is a sum of squares (the
/// law of total variance; Jiang and Li, "Doubly robust off-policy value evaluation for reinforcement learning", ICML
/// 2016), so that a small one is exact too. Throws as PolicyPair::ratios and finite_horizon_q, and DataError where a Q
/// is not A×S.
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

/// Of Σ_t γ^t W_t r_t: per-decision importance sampling. Throws as PolicyPair::ratios and finite_horizon_q.
template <class = void>
[[nodiscard]] inline Moments per_decision_moments(const TabularMdp& mdp, const PolicyPair& policies, double discount,
                                                  Index horizon) {
  detail::check_finite_horizon(mdp, discount, horizon);
  const std::vector<Matrix<double>> nothing(static_cast<std::size_t>(horizon),
                                            Matrix<double>::Zero(mdp.actions(), mdp.states()));
  return doubly_robust_moments(mdp, policies, discount, nothing);
}

}  // namespace holdfast
