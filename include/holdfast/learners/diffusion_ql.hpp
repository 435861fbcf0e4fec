/// \file
/// DiffusionQl: Q-learning whose policy is a diffusion model, trained through its denoising chain.
#pragma once

#include "holdfast/improvements/greedy_cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/values/target_draws_value.hpp"

namespace holdfast {

/// The defaults of Diffusion-QL: 256-256-256 Mish for policy and critics, and the fixed time features of its code.
struct DiffusionQlDefaults : PublishedDefaults {
  static MlpConfig policy_network() { return {.hidden = {256, 256, 256}, .activation = Activation::mish}; }
  static MlpConfig critic_network() { return policy_network(); }
  static void adjust_policy(auto& config) {
    config.time = {.encoding = TimeEncoding::sinusoidal,
                   .size = 16,
                   .layers = {32, 16},
                   .initializer = Initializer::fan_in_uniform};
  }
};

/// Diffusion-QL (Wang et al. 2023, "Diffusion policies as an expressive policy class for offline reinforcement
/// learning"): the policy clones the data by its denoising loss and follows a critic, drawn at each update, through all
/// denoising steps, min cloning loss − η E[Q_i] / mean |Q_j|. The backup takes the minimum of the target critics at a
/// draw of a slow copy of the policy. Acting takes one of 50 draws with probabilities ∝ exp(min_i Q̄_i).
///
/// Defaults: 5 denoising steps, η = 1 (`improvement.q_weight`), Adam 3·10⁻⁴, batches of 256. The authors choose η and a
/// norm to clip the policy's gradient to (`policy_optimizer.clip_norm`) for each task: 9 for HalfCheetah and Hopper
/// medium, 1 for Walker2d medium; for mazes also `value.maximum` with 10 draws.
template <class F = float>
using DiffusionQl = ActorCritic<Diffusion<Mlp<MlpScalar<F>>>, Ensemble<MlpQ<MlpScalar<F>>>, TargetDrawsValue, NoPenalty,
                                GreedyCloning<>, DiffusionQlDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void DiffusionQl<float>::learn(const BatchType&);
extern template auto DiffusionQl<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
