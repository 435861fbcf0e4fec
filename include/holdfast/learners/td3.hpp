/// \file
/// Td3 and Td3Bc: twin delayed DDPG, and its minimalist version for fixed data.
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

/// The defaults of TD3: policy and targets move at every second update, and the target policy's actions are smoothed.
struct Td3Defaults : PublishedDefaults, TargetPolicyDefaults {
  static constexpr Index actor_every = 2;
  static constexpr Index track_every = 2;
  static constexpr double noise = 0.2;
};

/// The defaults of TD3+BC's improvement: λ = 2.5 / mean |Q|, and the mean squared error to the data's actions.
struct Td3BcGreedyDefaults : DeterministicGreedyDefaults {
  static constexpr double q_weight = 2.5;
  static constexpr bool normalize_q = true;
  static constexpr double cloning_weight = 1;
  static constexpr ActionDistance distance = ActionDistance::mean;
};

/// TD3 (Fujimoto et al. 2018, "Addressing function approximation error in actor-critic methods"): twin critics, whose
/// least value is backed up; noise on the target policy's actions; policy and targets at every second update. The
/// policy follows the first critic. Defaults: 256-256 ReLU, Adam 3·10⁻⁴, target rate 0.005, batches of 256, as the
/// authors' code.
template <class F = float>
using Td3 = ActorCritic<Deterministic<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, TargetPolicyValue<Td3Defaults>,
                        NoPenalty, DeterministicGreedy<>, Td3Defaults>;

/// TD3+BC (Fujimoto and Gu 2021, "A minimalist approach to offline reinforcement learning"): TD3 whose policy is also
/// pulled to the data's actions, max 2.5 / mean |Q| · Q_1(s, π(s)) − mean_j (π_j(s) − a_j)². The authors normalize the
/// observations (Normalization::fit); the rest is TD3's.
template <class F = float>
using Td3Bc = ActorCritic<Deterministic<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, TargetPolicyValue<Td3Defaults>,
                          NoPenalty, DeterministicGreedy<Td3BcGreedyDefaults>, Td3Defaults>;

#ifdef HOLDFAST_EXTERN
extern template void Td3<float>::learn(const BatchType&);
extern template auto Td3<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void Td3Bc<float>::learn(const BatchType&);
extern template auto Td3Bc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
