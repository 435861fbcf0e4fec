/// \file
/// SacN: soft actor-critic with an ensemble of critics, for offline data.
#pragma once

#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/learners/large_networks.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// The defaults of SAC-N and EDAC: SAC's, with larger networks.
struct SacNDefaults : PublishedDefaults, LargeNetworks {};

/// SAC-N (An et al. 2021, "Uncertainty-based offline reinforcement learning with diversified Q-ensemble"): SAC whose
/// backup and policy take the minimum of N critics. Each critic is trained on the same targets,
/// y = r + γ (1 − d) E_π[min_i Q̄_i(s′, a′) − α log π(a′|s′)]. Outside of the data the critics differ, and their minimum
/// is the lower, the more they differ: the ensemble itself is the pessimism.
///
/// Defaults: N = 10 and the networks of SacNDefaults, otherwise those of Sac: Adam 3·10⁻⁴ for everything, α learned
/// from 1, target entropy −A, ln σ in [−5, 2]. The published N depends on the data: 10 on halfcheetah, 20 on walker2d,
/// 200 to 500 on hopper, for three million updates. To change it, set `critics.size` by name, or
/// `config.critics.size = 50` in a Config: braces, `{.critics = {.size = 50}}`, would replace the networks too.
template <class F = float>
using SacN = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>, 10>, SoftPolicyValue, NoPenalty,
                         SoftGreedy, SacNDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void SacN<float>::learn(const BatchType&);
extern template auto SacN<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
