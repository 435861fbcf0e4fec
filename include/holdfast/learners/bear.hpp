/// \file
/// BEAR: bootstrap only from actions the data could have taken.
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

/// Over finite actions λ begins where it was published to.
struct FiniteBearDefaults : BearDefaults, SlowPolicyDefaults {
  static constexpr double initial_multiplier = 1;
};

/// Kumar et al. 2019, "Stabilizing off-policy Q-learning via bootstrapping error reduction": maximum over 10 draws of
/// 0.75 min + 0.25 max in the backup, MMD over 4 and 4 draws before the tanh with a Laplacian kernel of σ = 10,
/// ε = 0.05 by dual ascent, acting by the best of 10 draws. Defaults: 256-256 ReLU, a VAE of 750-750, Adam 3·10⁻⁴, for
/// the policy 10⁻⁴, for the dual 10⁻³. Here the policy's Q is the mean over all its draws of the smaller critic and
/// targets begin as copies.
///
/// The published runs of three million updates began with λ = 1 and a warm-up of 40,000, on some tasks with a Gaussian
/// kernel of σ = 20 or 50, and had 100 draws to act by. Here λ begins at 100 and falls as the constraint allows, which
/// takes the place of the warm-up at any length of training. Scores after 8,000 updates (batch 128, networks 64-64, a
/// VAE of 128-128; expert data of `offline_sac_failure` and of `compare_learners --environments pendulum`) of λ = 1 and
/// σ = 20, then of 100 and 20, then of these defaults: mass chain 23, 97, 97; pendulum 66, 85, 99.
template <class F = float>
using Bear = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, SupportedMaximum, NoPenalty,
                         ConstrainedGreedy<MaximumMeanDiscrepancy>, SlowPolicyDefaults>;

/// BEAR over finite actions, with what it estimates from draws computed exactly: the expected maximum of 10 draws in
/// the backup, and for the divergence the policy's share outside the support of the data. It acts by its policy.
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
