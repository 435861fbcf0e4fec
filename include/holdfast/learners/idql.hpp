/// \file
/// Idql, Ifql and IqlDiffusion: implicit Q-learning with policies that can represent several modes.
#pragma once

#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/improvements/chosen_cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/diffusion_bc.hpp"
#include "holdfast/learners/flow_bc.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/flow.hpp"
#include "holdfast/values/expectile.hpp"

namespace holdfast {

/// IDQL (Hansen-Estruch et al. 2023, "IDQL: Implicit Q-learning as an actor-critic method with diffusion policies"):
/// the critics of IQL, a diffusion policy that clones the data (DiffusionBc), and acting by the best of 64 of its draws
/// by the minimum of the target critics.
///
/// Defaults: critics of 256-256 ReLU, τ = 0.7 (0.9 for the paper's mazes), Adam 3·10⁻⁴; the policy is that of
/// DiffusionBc. The authors take two steps of the policy for each step of the critics, each on half of a batch of
/// 512; here they take as many, on whole batches.
/// `improvement.acting_samples` is N, of which the authors choose 16, 64 or 256 for each task, and
/// `improvement.acting_choice = expectile` acts by the implicit policy of their theory.
template <class F = float>
using Idql = ActorCritic<Diffusion<ResidualMlp<MlpScalar<F>>>, Ensemble<MlpQ<MlpScalar<F>>>,
                         Expectile<MlpV<MlpScalar<F>>>, NoPenalty, ChosenCloning<>, DiffusionPolicyDefaults>;

/// IQL with a diffusion policy in place of the Gaussian: the weights exp(A/λ) multiply the denoising loss of each
/// action (the option `exp_adv` of IDQL's code). The policy itself acts. The rest is IDQL's.
template <class F = float>
using IqlDiffusion = ActorCritic<Diffusion<ResidualMlp<MlpScalar<F>>>, Ensemble<MlpQ<MlpScalar<F>>>,
                                 Expectile<MlpV<MlpScalar<F>>>, NoPenalty, AdvantageWeighted, DiffusionPolicyDefaults>;

/// The defaults of IFQL beside those of FlowBc.
struct IfqlDefaults : FlowBcDefaults {
  static constexpr double expectile = 0.9;
  static constexpr Index acting_samples = 32;
};

/// IFQL (Park et al. 2025, "Flow Q-learning", section 5): IDQL with a flow policy. Acting takes the best of 32 draws by
/// the minimum of the target critics; the authors' code asks the online ones. Defaults: τ = 0.9, all networks those of
/// FQL, Adam 3·10⁻⁴.
template <class F = float>
using Ifql =
    ActorCritic<Flow<Mlp<MlpScalar<F>>>, Ensemble<MlpQ<MlpScalar<F>>>, Expectile<MlpV<MlpScalar<F>>, IfqlDefaults>,
                NoPenalty, ChosenCloning<IfqlDefaults>, IfqlDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Idql<float>::learn(const BatchType&);
extern template auto Idql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void IqlDiffusion<float>::learn(const BatchType&);
extern template auto IqlDiffusion<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
extern template void Ifql<float>::learn(const BatchType&);
extern template auto Ifql<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
