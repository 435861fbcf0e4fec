/// \file
/// Cql, its variants, CalQl and FiniteCql: conservative Q-learning.
#pragma once

#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/policy_value.hpp"
#include "holdfast/values/supported_maximum.hpp"

namespace holdfast {

namespace detail {

template <class F, class ValueRule, class Penalty = Conservative>
using CqlOf = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, ValueRule, Penalty, SoftGreedy,
                          SlowPolicyDefaults>;

}  // namespace detail

/// CQL (Kumar et al. 2020, "Conservative Q-learning for offline reinforcement learning"): the CQL(H) variant with
/// importance sampling, on top of SAC without entropy in the backup. Defaults: 256-256 ReLU, α = 5 fixed, 10 actions of
/// each kind, Adam 3·10⁻⁴, also for the temperature, and 10⁻⁴ for the policy. `penalty.threshold` turns on the Lagrange
/// version.
template <class F = float>
using Cql = detail::CqlOf<F, PolicyValue>;

/// CQL with the entropy in the backup.
template <class F = float>
using CqlEntropyBackup = detail::CqlOf<F, SoftPolicyValue>;

/// CQL with the maximum backup (max over draws of the policy), which its authors use for the mazes.
template <class F = float>
using CqlMaximumBackup = detail::CqlOf<F, MaximumBackup>;

/// Cal-QL (Nakamoto et al. 2023, "Cal-QL: calibrated offline RL pre-training for efficient online fine-tuning"): CQL
/// whose penalty lowers no value of the policy below what the data earned from there, so that learning goes on online
/// without a dip in which Q regains its scale. Its batches need `returns_to_go`, of the discount of the learner.
/// Defaults as Cql's.
template <class F = float>
using CalQl = detail::CqlOf<F, PolicyValue, Calibrated>;

/// The defaults of FiniteCql: DQN's copied targets, the squared Bellman error of CQL's objective, and a smaller α.
struct FiniteCqlDefaults : DqnDefaults {
  static constexpr double alpha = 1;
  static constexpr bool calibrated = false;
  static constexpr CriticLoss critic_loss = CriticLoss::squared;
};

/// CQL over finite actions: double DQN with the exact log-sum-exp. Defaults: α = 1, as for the paper's Atari games, and
/// those of Dqn except for the loss. The Bellman error is squared, as in the paper's equation 4 and its theorems.
///
/// `critic_loss = huber` was made for Atari's clipped rewards. It bounds the gradient of an error beyond 1, while the
/// penalty's gradient grows with α: large rewards then cannot outweigh the penalty. Errors within 1 have half the
/// gradient of the squared loss, so that α has twice the effect.
template <class F = float>
using FiniteCql = ActorCritic<Uniform<typename FunctionOf<F>::Scalar>, Ensemble<FiniteQ<FunctionOf<F>>, 1>, Maximum,
                              BasicConservative<FiniteCqlDefaults>, Argmax, FiniteCqlDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Cql<float>::learn(const BatchType&);
extern template auto Cql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void CqlEntropyBackup<float>::learn(const BatchType&);
extern template auto CqlEntropyBackup<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void CqlMaximumBackup<float>::learn(const BatchType&);
extern template auto CqlMaximumBackup<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void CalQl<float>::learn(const BatchType&);
extern template auto CalQl<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteCql<float>::learn(const BatchType&);
extern template auto FiniteCql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
