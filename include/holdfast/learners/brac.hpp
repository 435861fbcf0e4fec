/// \file
/// Brac and FiniteBrac: actor-critic with a penalty on the KL divergence from the behavior policy.
#pragma once

#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// The defaults of BRAC: a fixed λ, the value penalty in the backup, and a slow policy.
struct BracDefaults : SlowPolicyDefaults {
  static constexpr double initial_multiplier = 1;
  static constexpr bool learn_multiplier = false;
  static constexpr bool value_penalty = true;
};

/// BRAC (Wu et al. 2019, "Behavior regularized offline reinforcement learning"), with the primal form of the KL
/// divergence and the value penalty (BRAC-v). `improvement.value_penalty = false` is BRAC-p. The weight λ of the
/// divergence, α in the paper, is `improvement.initial_multiplier`; the best published values were between 0.1 and 30,
/// depending on the dataset. The behavior policy is cloned during training and not beforehand.
template <class F = float>
using Brac = ActorCritic<TanhGaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, PolicyValue, NoPenalty,
                         ConstrainedGreedy<KullbackLeibler, BracDefaults>, BracDefaults>;

/// BRAC over finite actions, with the exact KL divergence. Its fixed point maximizes E[Σ γ^t (r − λ KL(π, β̂))].
template <class F = float>
using FiniteBrac = ActorCritic<Categorical<FunctionOf<F>>, Ensemble<FiniteQ<FunctionOf<F>>>, PolicyValue, NoPenalty,
                               ConstrainedGreedy<KullbackLeibler, BracDefaults>, BracDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Brac<float>::learn(const BatchType&);
extern template auto Brac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteBrac<float>::learn(const BatchType&);
extern template auto FiniteBrac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
