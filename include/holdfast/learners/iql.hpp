/// \file
/// Iql and FiniteIql: implicit Q-learning, which evaluates no action outside the data.
#pragma once

#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/expectile.hpp"

namespace holdfast {

/// IQL (Kostrikov et al. 2022, "Offline reinforcement learning with implicit Q-learning"). The order of an update is
/// that of the authors' code: first V, then the critics and the policy from the new V and the old targets, then the
/// targets.
///
/// Defaults: 256-256 ReLU, Adam 3·10⁻⁴, τ = 0.7, β = 1/λ = 3 with a cap of 100. The published learning rate of the
/// policy follows a cosine to 0 over the whole training: for this, set `policy_optimizer.decay_steps` to the number of
/// updates, as `scheduled_settings` does.
template <class F = float>
using Iql = ActorCritic<Gaussian<MlpScalar<F>>, Ensemble<MlpQ<MlpScalar<F>>>, Expectile<MlpV<MlpScalar<F>>>, NoPenalty,
                        AdvantageWeighted>;

/// IQL over finite actions.
template <class F = float>
using FiniteIql = ActorCritic<Categorical<FunctionOf<F>>, Ensemble<FiniteQ<FunctionOf<F>>>,
                              Expectile<StateValue<FunctionOf<F>>>, NoPenalty, AdvantageWeighted>;

#ifdef HOLDFAST_EXTERN
extern template void Iql<float>::learn(const BatchType&);
extern template auto Iql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void FiniteIql<float>::learn(const BatchType&);
extern template auto FiniteIql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
