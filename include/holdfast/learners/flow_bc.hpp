/// \file
/// FlowBc: behavior cloning with a flow policy.
#pragma once

#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/flow.hpp"
#include "holdfast/values/none.hpp"

namespace holdfast {

/// The networks of FQL: four layers of 512 units with GELU; those of critics are normalized after it.
struct FlowNetworks {
  static MlpConfig policy_network() { return network(LayerNormalization::none); }
  static MlpConfig critic_network() { return network(LayerNormalization::after_activation); }
  static MlpConfig value_network() { return critic_network(); }

 private:
  static MlpConfig network(LayerNormalization normalization) {
    return {.hidden = {512, 512, 512, 512},
            .activation = Activation::gelu,
            .hidden_initializer = Initializer::xavier_uniform,
            .output_initializer = Initializer::xavier_uniform,
            .normalization = normalization};
  }
};

/// The defaults of FlowBc.
struct FlowBcDefaults : PublishedDefaults, FlowNetworks {};

/// Behavior cloning with a flow policy, the imitation part of FQL (Park et al. 2025, "Flow Q-learning"): an MLP of four
/// layers of 512 units with GELU, 10 Euler steps, Adam 3·10⁻⁴.
template <class F = float>
using FlowBc = ActorCritic<Flow<Mlp<MlpScalar<F>>>, NoCritics<MlpScalar<F>, Matrix<MlpScalar<F>>>, NoValue, NoPenalty,
                           Cloning, FlowBcDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void FlowBc<float>::learn(const BatchType&);
extern template auto FlowBc<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
