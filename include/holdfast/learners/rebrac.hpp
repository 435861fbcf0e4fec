/// \file
/// Rebrac: TD3+BC revisited, with penalties on both the policy and the backup.
#pragma once

#include "holdfast/learners/large_networks.hpp"
#include "holdfast/learners/td3.hpp"

namespace holdfast {

/// The defaults of ReBRAC beside those of TD3: 256-256-256 networks at a learning rate of 10⁻³, critics whose hidden
/// layers are normalized after the ReLU, and the penalty on the backup.
struct RebracDefaults : Td3Defaults, LargeNetworks {
  static constexpr double policy_learning_rate = 1e-3;
  static constexpr double critic_learning_rate = 1e-3;
  static constexpr double distance_weight = 0.01;
  static MlpConfig critic_network() {
    MlpConfig config = LargeNetworks::critic_network();
    config.normalization = LayerNormalization::after_activation;
    return config;
  }
};

/// The defaults of ReBRAC's improvement: the least critic, divided by its mean size, and the squared distance to the
/// data's actions.
struct RebracGreedyDefaults : DeterministicGreedyDefaults {
  static constexpr bool normalize_q = true;
  static constexpr GreedyCritic critic = GreedyCritic::minimum;
  static constexpr double cloning_weight = 0.01;
};

/// ReBRAC (Tarasov et al. 2023, "Revisiting the minimalist approach to offline reinforcement learning"): TD3 with
/// β_1 ‖π(s) − a‖² in the policy's loss, β_2 ‖ã − a′_D‖² off the value of the next state, larger networks, and layers
/// of the critics that are normalized. Its batches need the data's next actions (with_next_actions). The authors use
/// batches of 1,024.
///
/// β_1 = `improvement.cloning_weight` (the authors' actor_bc_coef) and β_2 = `value.distance_weight` (critic_bc_coef)
/// are 0.01 here; the authors choose both for each dataset (examples/studies/mujoco_scores/recipes has those for D4RL's
/// locomotion).
template <class F = float>
using Rebrac = ActorCritic<Deterministic<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, TargetPolicyValue<RebracDefaults>,
                           NoPenalty, DeterministicGreedy<RebracGreedyDefaults>, RebracDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Rebrac<float>::learn(const BatchType&);
extern template auto Rebrac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
