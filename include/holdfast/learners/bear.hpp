/// \file
/// Bear and FiniteBear: bootstrapping only from actions within the support of the data.
#pragma once

#include "holdfast/divergences/maximum_mean_discrepancy.hpp"
#include "holdfast/divergences/unsupported.hpp"
#include "holdfast/improvements/constrained_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/supported_maximum.hpp"

namespace holdfast {

/// The defaults of FiniteBear: λ begins at its published value.
struct FiniteBearDefaults : BearDefaults, SlowPolicyDefaults {
  static constexpr double initial_multiplier = 1;
};

/// BEAR (Kumar et al. 2019, "Stabilizing off-policy Q-learning via bootstrapping error reduction"). The backup takes
/// the maximum over 10 draws of 0.75 min + 0.25 max. Dual ascent keeps the MMD at ε = 0.05; it compares 4 and 4 draws
/// before the tanh, with a Laplacian kernel of σ = 10. Acting takes the best of 10 draws.
///
/// Defaults: 256-256 ReLU, a VAE of 750-750, Adam 3·10⁻⁴, 10⁻⁴ for the policy and 10⁻³ for the dual variable. In this
/// implementation the policy's Q is the mean over all its draws of the smaller critic, and target networks begin as
/// copies.
///
/// The published runs of three million updates began with λ = 1 and a warm-up of 40,000 updates, on some tasks with a
/// Gaussian kernel of σ = 20 or 50, and acted by the best of 100 draws. Here λ begins at 100 and falls as the
/// constraint allows, which replaces the warm-up at any length of training. Scores after 8,000 updates (batch 128,
/// networks 64-64, a VAE of 128-128; expert data of `offline_sac_failure` and of `compare_learners --environments
/// pendulum`):
///
///     initial λ, σ           mass chain   pendulum
///     1, 20                          23         66
///     100, 20                        97         85
///     100, 10 (defaults)             97         99
template <class F = float>
using Bear = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, SupportedMaximum, NoPenalty,
                         ConstrainedGreedy<MaximumMeanDiscrepancy>, SlowPolicyDefaults>;

/// BEAR over finite actions, with exact computation in place of draws. The backup uses the expected maximum of 10
/// draws; the divergence is the policy's share outside the support of the data (Unsupported). The policy itself acts.
template <class F = float>
using FiniteBear = ActorCritic<Categorical<FunctionOf<F>>, Ensemble<FiniteQ<FunctionOf<F>>>, SupportedMaximum,
                               NoPenalty, ConstrainedGreedy<Unsupported, FiniteBearDefaults>, FiniteBearDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Bear<float>::learn(const BatchType&);
extern template auto Bear<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteBear<float>::learn(const BatchType&);
extern template auto FiniteBear<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
