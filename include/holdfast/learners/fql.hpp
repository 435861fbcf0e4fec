/// \file
/// Fql: flow Q-learning, whose policy acts by one forward pass.
#pragma once

#include "holdfast/improvements/greedy_cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/flow_bc.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/distilled_flow.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// The defaults of FQL: its networks, the mean of the critics everywhere, and no normalization of Q.
struct FqlDefaults : PublishedDefaults, FlowNetworks {
  static constexpr bool normalize_q = false;
  static constexpr GreedyCritic critic = GreedyCritic::mean;
  static constexpr Index acting_samples = 0;
  static constexpr DrawChoice acting_choice = DrawChoice::best;
  static constexpr bool distills = true;
  static void adjust_policy(auto& config) { config.teacher.network = policy_network(); }
};

/// FQL (Park et al. 2025, "Flow Q-learning"): a flow clones the data, and a one-step policy is trained to follow both
/// the flow's actions from the same noise and the critics' mean, min α ‖μ(s, z) − flow(s, z)‖² − E[Q(s, μ(s, z))]. The
/// backup takes the mean of the target critics at the one-step policy's action (`value.critic = minimum` for the
/// paper's mazes). One forward pass acts.
///
/// Defaults: networks of four layers of 512 units with GELU, those of the critics normalized; α = 10
/// (`improvement.distillation_weight`), which the authors choose for each task; 10 Euler steps; Adam 3·10⁻⁴; batches of
/// 256. For a new task they advise `improvement.normalize_q = true` and α among 0.03, 0.1, 0.3, 1, 3 and 10.
template <class F = float>
using Fql = ActorCritic<DistilledFlow<Mlp<MlpScalar<F>>>, Ensemble<MlpQ<MlpScalar<F>>>, MeanPolicyValue, NoPenalty,
                        GreedyCloning<FqlDefaults>, FqlDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Fql<float>::learn(const BatchType&);
extern template auto Fql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
