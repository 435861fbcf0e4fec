/// \file
/// Sac, SacNoEntropyBackup and FiniteSac: soft actor-critic.
#pragma once

#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// SAC (Haarnoja et al. 2018b, "Soft Actor-Critic Algorithms and Applications"): twin critics with targets, the soft
/// value in the backup, a learned temperature. The defaults are the paper's: 256-256 ReLU, Adam 3·10⁻⁴ for everything,
/// γ = 0.99, target rate 0.005, target entropy −A. The batch size, 256 in the paper, is an argument of the training
/// loop.
template <class F = float>
using Sac =
    ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, SoftPolicyValue, NoPenalty, SoftGreedy>;

/// SAC without entropy in the backup, y = r + γ (1 − d) E_π[min_i Q̄_i(s′, a′)]; the policy still seeks entropy. If Q
/// still explodes without the entropy bonus, the critics alone are the cause.
template <class F = float>
using SacNoEntropyBackup =
    ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, PolicyValue, NoPenalty, SoftGreedy>;

/// SAC over finite actions, with exact expectations (Christodoulou 2019, "Soft actor-critic for discrete action
/// settings"). The target entropy is 0.98 ln A.
template <class F = float>
using FiniteSac =
    ActorCritic<Categorical<FunctionOf<F>>, Ensemble<FiniteQ<FunctionOf<F>>>, SoftPolicyValue, NoPenalty, SoftGreedy>;

#ifdef HOLDFAST_EXTERN
extern template void Sac<float>::learn(const BatchType&);
extern template auto Sac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void SacNoEntropyBackup<float>::learn(const BatchType&);
extern template auto SacNoEntropyBackup<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteSac<float>::learn(const BatchType&);
extern template auto FiniteSac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
