/// \file
/// DiffusionBc: behavior cloning with a diffusion policy.
#pragma once

#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/networks/residual_mlp.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/values/none.hpp"

namespace holdfast {

/// The defaults of IDQL's policy: a moving average of its parameters acts.
struct DiffusionPolicyDefaults : PublishedDefaults {
  static constexpr double policy_average_rate = 0.001;
};

/// Behavior cloning with a diffusion policy, the imitation part of IDQL (Hansen-Estruch et al. 2023, "IDQL: Implicit
/// Q-learning as an actor-critic method with diffusion policies"): an LN-ResNet of 256 units and 3 blocks, 5 denoising
/// steps, Adam 3·10⁻⁴, and the moving average of the parameters acts. The authors' learning rate falls to 0 over the
/// whole training (`scheduled_settings`), and their batches have 512 transitions. Their sampler clips x itself at every
/// step and adds √β_t z; here it is that of Denoising.
template <class F = float>
using DiffusionBc = ActorCritic<Diffusion<ResidualMlp<MlpScalar<F>>>, NoCritics<MlpScalar<F>, Matrix<MlpScalar<F>>>,
                                NoValue, NoPenalty, Cloning, DiffusionPolicyDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void DiffusionBc<float>::learn(const BatchType&);
extern template auto DiffusionBc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
