/// \file
/// Dqn: deep Q-learning over a finite action set.
#pragma once

#include "holdfast/improvements/argmax.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/function_of.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/uniform.hpp"
#include "holdfast/values/maximum.hpp"

namespace holdfast {

/// The defaults of DQN: the target network is copied every 2,000 updates, and the gradient of large errors is bounded.
struct DqnDefaults : PublishedDefaults {
  static constexpr double target_rate = 1;
  static constexpr Index track_every = 2000;
  static constexpr CriticLoss critic_loss = CriticLoss::huber;
};

/// DQN (Mnih et al. 2015, "Human-level control through deep reinforcement learning"), in the version of van Hasselt
/// et al. 2016, "Deep reinforcement learning with double Q-learning". It has one critic, the Huber loss, and a target
/// network that is copied every 2,000 updates, as in Agarwal et al. 2020, "An optimistic perspective on offline
/// reinforcement learning". `value.double_q = false` gives the original DQN.
///
/// Other defaults: 256-256 ReLU, Adam 3·10⁻⁴ (five times the published rate, which is for Atari's convolutions).
/// `acting()` is the policy that acts: the critic's best action.
template <class F = float>
using Dqn = ActorCritic<Uniform<typename FunctionOf<F>::Scalar>, Ensemble<FiniteQ<FunctionOf<F>>, 1>, Maximum,
                        NoPenalty, Argmax, DqnDefaults>;

#ifdef HOLDFAST_EXTERN
extern template void Dqn<float>::learn(const BatchType&);
extern template auto Dqn<float>::draw(const Config&, Sizes, std::uint64_t) -> Networks;
#endif

}  // namespace holdfast
