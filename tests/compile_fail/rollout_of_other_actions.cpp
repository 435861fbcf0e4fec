// expect: the policy and the environment must both have finite actions, or both continuous ones
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/training/rollout.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = MlpCategorical<float>;
#else
using MyPolicy = Deterministic<float>;
#endif

double score(DeployedPolicy<MyPolicy>& policy) { return episode_returns(policy, CartPole(), 10, 1).mean(); }
