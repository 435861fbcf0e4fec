/// \file
/// Edac: SAC-N with diversified critics.
#pragma once

#include "holdfast/learners/sac_n.hpp"
#include "holdfast/penalties/diversity.hpp"

namespace holdfast {

/// EDAC (An et al. 2021, "Uncertainty-based offline reinforcement learning with diversified Q-ensemble"): SAC-N with
/// the penalty `Diversity`, η / (N − 1) Σ_{i≠j} cos(∇_a Q_i(s, a), ∇_a Q_j(s, a)) at the data's actions. Critics whose
/// action gradients differ disagree sooner away from the data, so that fewer of them are enough.
///
/// Defaults: η = 1, otherwise those of SacN. The published N and η: 10 and 1 on halfcheetah (5 on medium-expert), 50
/// and 1 on hopper, 10 and 1 on walker2d (5 on medium-expert).
template <class F = float>
using Edac = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>, 10>, SoftPolicyValue, Diversity,
                         SoftGreedy, SacNDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Edac<float>::learn(const BatchType&);
extern template auto Edac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
