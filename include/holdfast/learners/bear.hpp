/// \file
/// BEAR: bootstrap only from actions the data could have taken.
#pragma once

#include "holdfast/divergences/maximum_mean_discrepancy.hpp"
#include "holdfast/improvements/constrained_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/supported_maximum.hpp"

namespace holdfast {

/// What behaviour-constrained learners differ in: a slow policy.
struct ConstrainedDefaults : PublishedDefaults {
  static constexpr double policy_learning_rate = 1e-4;
};

/// Kumar et al. 2019, "Stabilizing off-policy Q-learning via bootstrapping error reduction", in the semantics of the
/// code behind its D4RL results: maximum over 10 draws of 0.75 min + 0.25 max, MMD over 4 and 4 draws before the tanh,
/// ε = 0.05 by dual ascent, acting by the best of 10 draws. Defaults: 256-256 ReLU, a VAE of 750-750, Adam 3·10⁻⁴, for
/// the policy 10⁻⁴, for the dual 10⁻³. Targets begin as copies. Their warm-up is 40,000 of a million updates, here
/// `improvement.warm_up`, 0 unless set.
template <class Scalar = float>
using Bear = ActorCritic<TanhGaussian<Scalar>, Ensemble<MlpQ<Scalar>>, SupportedMaximum, NoPenalty,
                         ConstrainedGreedy<MaximumMeanDiscrepancy>, ConstrainedDefaults>;

}  // namespace holdfast
