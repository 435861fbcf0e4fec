/// \file
/// Behaviour cloning: the policy of the data, and the yardstick every offline learner has to beat.
#pragma once

#include <type_traits>

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

namespace detail {
template <class Policy>
using BcOf =
    ActorCritic<Policy, NoCritics<typename Policy::Scalar, typename Policy::Actions>, NoValue, NoPenalty, Cloning>;
}  // namespace detail

/// No critics, no backup; max E_D[log π(a|s)] (Pomerleau 1991). Defaults: 256-256 ReLU, Adam 3·10⁻⁴.
///
/// The policy decides the loss: a TanhGaussian maximises the likelihood, `Bc<Deterministic<>>` minimises the squared
/// error, which is the one to use where the data holds clipped actions at ±1, where a tanh-Gaussian has no density.
/// `Bc<double>` is that of a `TanhGaussian<double>`.
template <class PolicyOrScalar = float>
using Bc = detail::BcOf<
    std::conditional_t<std::is_floating_point_v<PolicyOrScalar>, TanhGaussian<PolicyOrScalar>, PolicyOrScalar>>;

/// Cloning of finite actions: a softmax by maximum likelihood.
template <class F = float>
using FiniteBc = Bc<Categorical<FunctionOf<F>>>;

}  // namespace holdfast
