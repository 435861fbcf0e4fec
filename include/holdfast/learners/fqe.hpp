/// \file
/// Fitted Q evaluation: what a given policy is worth, as one more composition around the backup.
#pragma once

#include <type_traits>

#include "holdfast/improvements/none.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/fixed.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// A value that is carried back by the targets at the rate τ needs about 1/(τ (1 − γ)) updates to arrive. Nothing
/// chases the critic here, so that the targets may follow it ten times faster than SAC's.
struct FqeDefaults : PublishedDefaults {
  static constexpr double target_rate = 0.05;
};

/// Q^π of a given policy, by a network over such actions.
template <class Scalar, class Actions>
using FqeNetwork = std::conditional_t<FiniteActions<Actions>, FiniteQ<Mlp<Scalar>>, MlpQ<Scalar>>;

/// The policy value of the evaluated policy, no penalty, no improvement (Le, Voloshin and Yue, "Batch policy learning
/// under constraints", ICML 2019): V(s′) is the expectation over the policy's own proposals, so that a stochastic
/// policy is evaluated as such and not as its mode.
///
/// Defaults: one critic, 256-256 ReLU, Adam 3·10⁻⁴, τ = 0.05.
template <class PolicyType, class Network = FqeNetwork<typename PolicyType::Scalar, typename PolicyType::Actions>>
using Fqe =
    ActorCritic<FixedPolicy<PolicyType>, Ensemble<Network, 1>, PolicyValue, NoPenalty, NoImprovement, FqeDefaults>;

}  // namespace holdfast
