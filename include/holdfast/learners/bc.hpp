/// \file
/// Behavior cloning: the policy of the data, and the yardstick every offline learner has to beat.
#pragma once

#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/none.hpp"

namespace holdfast {

/// Cloning of any policy. No critics, no backup; max E_D[log π(a|s)] (Pomerleau 1991). Defaults: Adam 3·10⁻⁴.
///
/// The policy decides the loss: a TanhGaussian maximizes the likelihood, `BcOf<Deterministic<>>` minimizes the squared
/// error, which is the one to use where the data holds clipped actions at ±1, where a tanh-Gaussian has no density.
template <class Policy>
using BcOf =
    ActorCritic<Policy, NoCritics<typename Policy::Scalar, typename Policy::Actions>, NoValue, NoPenalty, Cloning>;

/// Cloning by a tanh-Gaussian, 256-256 ReLU.
template <class F = float>
using Bc = BcOf<TanhGaussian<MlpScalar<F>>>;

/// Cloning of finite actions: a softmax by maximum likelihood.
template <class F = float>
using FiniteBc = BcOf<Categorical<FunctionOf<F>>>;

#ifdef HOLDFAST_EXTERN
extern template void Bc<float>::learn(const BatchType&);
extern template auto Bc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteBc<float>::learn(const BatchType&);
extern template auto FiniteBc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
