/// \file
/// CQL: values that are pushed down wherever the data does not hold them up.
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

template <class F, class ValueRule>
using CqlOf = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, ValueRule, Conservative, SoftGreedy,
                          SlowPolicyDefaults>;

}  // namespace detail

/// Kumar et al. 2020, "Conservative Q-learning for offline reinforcement learning", the CQL(H) variant with importance
/// sampling on top of SAC without entropy in the backup. Defaults: 256-256 ReLU, Adam 3·10⁻⁴ also for the temperature,
/// for the policy 10⁻⁴, α = 5 fixed, 10 actions of each kind; `penalty.threshold` turns the Lagrange version on.
template <class F = float>
using Cql = detail::CqlOf<F, PolicyValue>;

/// CQL with the entropy in the backup.
template <class F = float>
using CqlEntropyBackup = detail::CqlOf<F, SoftPolicyValue>;

/// CQL with the maximum backup, max over draws of the policy, which its authors use on the mazes.
template <class F = float>
using CqlMaximumBackup = detail::CqlOf<F, MaximumBackup>;

/// DQN's copied targets, with the squared Bellman error that CQL's objective has, and its smaller α.
struct FiniteCqlDefaults : DqnDefaults {
  static constexpr double alpha = 1;
  static constexpr CriticLoss critic_loss = CriticLoss::squared;
};

/// CQL over finite actions: double DQN with the exact log-sum-exp. Defaults: α = 1, as for the paper's Atari games, and
/// those of Dqn but for the loss: the Bellman error is squared, as in the paper's equation 4 and in its theorems. Under
/// `critic_loss = huber`, made for Atari's clipped rewards, the pull of an error beyond 1 is bounded while the
/// penalty's grows with α, so that large rewards do not outweigh it; errors within 1 pull half as much, and α counts
/// double.
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
extern template void FiniteCql<float>::learn(const BatchType&);
extern template auto FiniteCql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
