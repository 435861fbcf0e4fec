// expect: Critics whose action gradients are differentiated must have action_gradients_backward
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/diversity.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/policy_value.hpp"

using namespace holdfast;

// Hides what differentiates the action gradient.
struct OnceDifferentiable : MlpQ<float> {
  using MlpQ<float>::MlpQ;
#ifndef HOLDFAST_CONTROL
  void action_gradient_backward() const {}
#endif
};

using MyLearner =
    ActorCritic<TanhGaussian<float>, Ensemble<OnceDifferentiable>, SoftPolicyValue, Diversity, SoftGreedy>;
int main() { return static_cast<int>(MyLearner({}, {1, 1}, 0).step()); }
