/// \file
/// AWAC: clone what did better than the policy would.
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

/// Nair et al. 2020, "AWAC: Accelerating online reinforcement learning with offline datasets": critics of the policy
/// itself, a Gaussian policy with a state-independent spread that clones the data weighed by exp(A/λ). Defaults:
/// 256-256 ReLU, a mean squashed by tanh, ln σ in [−5, 2], Adam 3·10⁻⁴, λ = 1/3 with a cap of 100, as benchmarks on
/// locomotion use it; the paper's own code normalizes over the batch (`improvement.limit = batch`, λ = 1).
template <class F = float>
using Awac =
    ActorCritic<Gaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, PolicyValue, NoPenalty, AdvantageWeighted>;

/// AWAC over finite actions, its expectations exact.
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
