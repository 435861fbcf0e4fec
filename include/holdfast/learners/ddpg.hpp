/// \file
/// Ddpg: deep deterministic policy gradient.
#pragma once

#include "holdfast/improvements/deterministic_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/values/target_policy_value.hpp"

namespace holdfast {

/// DDPG (Lillicrap et al. 2016, "Continuous control with deep reinforcement learning"): one critic, a deterministic
/// policy that follows its gradient, and slow targets of both.
///
/// Defaults: 256-256 ReLU, Adam 3·10⁻⁴ for both networks, target rate 0.005, exploration noise 0.1, as TD3's authors
/// run it. The paper has 400-300, 10⁻⁴ for the policy and 10⁻³ for the critic, 0.001, weight decay 10⁻² of the critic,
/// and noise that is correlated in time.
template <class F = float>
using Ddpg = ActorCritic<Deterministic<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>, 1>, TargetPolicyValue<>, NoPenalty,
                         DeterministicGreedy<>>;

#ifdef HOLDFAST_EXTERN
extern template void Ddpg<float>::learn(const BatchType&);
extern template auto Ddpg<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
