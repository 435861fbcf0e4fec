/// \file
/// Bc, FiniteBc and BcOf: behavior cloning, the baseline of offline learning.
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

/// Behavior cloning with any policy: max E_D[log π(a|s)], without critics and backup (Pomerleau 1991). Default: Adam
/// 3·10⁻⁴.
///
/// The policy determines the loss. A TanhGaussian maximizes the likelihood. `BcOf<Deterministic<>>` minimizes the
/// squared error; use it if the data holds clipped actions at ±1, where a tanh-Gaussian has no density.
template <class Policy>
using BcOf =
    ActorCritic<Policy, NoCritics<typename Policy::Scalar, typename Policy::Actions>, NoValue, NoPenalty, Cloning>;

/// Behavior cloning with a tanh-Gaussian, 256-256 ReLU.
template <class F = float>
using Bc = BcOf<TanhGaussian<MlpScalar<F>>>;

/// Behavior cloning of finite actions: a softmax policy by maximum likelihood.
template <class F = float>
using FiniteBc = BcOf<Categorical<FunctionOf<F>>>;

#ifdef HOLDFAST_EXTERN
extern template void Bc<float>::learn(const BatchType&);
extern template auto Bc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteBc<float>::learn(const BatchType&);
extern template auto FiniteBc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
