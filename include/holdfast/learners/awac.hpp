/// \file
/// Awac and FiniteAwac: advantage-weighted actor-critic.
#pragma once

#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/policy_value.hpp"

namespace holdfast {

/// AWAC (Nair et al. 2020, "AWAC: Accelerating online reinforcement learning with offline datasets"): the critics
/// evaluate the learner's own policy. The policy is a Gaussian with a state-independent spread, which clones the data
/// with weights exp(A/λ).
///
/// Defaults: 256-256 ReLU, a mean squashed by tanh, ln σ in [−5, 2], Adam 3·10⁻⁴, λ = 1/3 with a cap of 100, as in
/// benchmarks on locomotion. The paper's own code normalizes over the batch (`improvement.limit = batch`, λ = 1).
template <class F = float>
using Awac =
    ActorCritic<Gaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, PolicyValue, NoPenalty, AdvantageWeighted>;

/// AWAC over finite actions, with exact expectations.
template <class F = float>
using FiniteAwac = ActorCritic<Categorical<FunctionOf<F>>, Ensemble<FiniteQ<FunctionOf<F>>>, PolicyValue, NoPenalty,
                               AdvantageWeighted>;

#ifdef HOLDFAST_EXTERN
extern template void Awac<float>::learn(const BatchType&);
extern template auto Awac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteAwac<float>::learn(const BatchType&);
extern template auto FiniteAwac<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
