/// \file
/// Behaviour cloning: the policy of the data, and the yardstick every offline learner has to beat.
#pragma once

#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/none.hpp"

namespace holdfast {

/// No critics, no backup; max E_D[log π(a|s)] (Pomerleau 1991). Defaults: 256-256 ReLU, Adam 3·10⁻⁴.
///
/// The policy decides the loss: a TanhGaussian maximises the likelihood, `Bc<Deterministic<>>` minimises the squared
/// error, which is the one to use where the data holds clipped actions at ±1, where a tanh-Gaussian has no density.
template <class Policy = TanhGaussian<float>>
using Bc =
    ActorCritic<Policy, NoCritics<typename Policy::Scalar, typename Policy::Actions>, NoValue, NoPenalty, Cloning>;

/// Cloning of finite actions: a softmax by maximum likelihood.
template <class Function = Mlp<float>>
using FiniteBc = Bc<Categorical<Function>>;

}  // namespace holdfast
