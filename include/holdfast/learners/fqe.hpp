/// \file
/// Fqe: fitted Q evaluation of a given policy.
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

#ifdef HOLDFAST_EXTERN
#include "holdfast/policies/any_policy.hpp"
#endif

namespace holdfast {

/// The defaults of FQE: a faster target rate. With targets of rate τ, values need about 1/(τ (1 − γ)) updates to
/// propagate. The policy is fixed and does not chase the critic, so that targets can follow ten times faster than
/// SAC's.
struct FqeDefaults : PublishedDefaults {
  static constexpr double target_rate = 0.05;
};

/// The default network for Q^π of a given policy, by the type of its actions.
template <class Scalar, class Actions>
using FqeNetwork = std::conditional_t<FiniteActions<Actions>, FiniteQ<Mlp<Scalar>>, MlpQ<Scalar>>;

/// Fitted Q evaluation (Le, Voloshin and Yue, "Batch policy learning under constraints", ICML 2019): the policy value
/// of the evaluated policy, without penalty and improvement. V(s′) is the expectation over the policy's own proposal,
/// so that a stochastic policy is evaluated as such and not by its mode.
///
/// Defaults: one critic, 256-256 ReLU, Adam 3·10⁻⁴, τ = 0.05.
template <class PolicyType, class Network = FqeNetwork<typename PolicyType::Scalar, typename PolicyType::Actions>>
using Fqe =
    ActorCritic<FixedPolicy<PolicyType>, Ensemble<Network, 1>, PolicyValue, NoPenalty, NoImprovement, FqeDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Fqe<AnyPolicy<float>>::learn(const BatchType&);
extern template void Fqe<AnyPolicy<float, ActionIndices>>::learn(const BatchType&);
#endif

}  // namespace holdfast
