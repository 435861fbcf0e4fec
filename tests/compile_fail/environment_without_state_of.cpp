// expect: an Environment must have state_of.const Vector<double>& observation. const
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/training/rollout.hpp"

using namespace holdfast;

struct MyEnvironment : Pendulum {
#ifndef HOLDFAST_CONTROL
  void state_of() const {}  // hides the inherited one
#endif
};

double score(DeployedPolicy<Deterministic<float>>& policy) {
  return episode_returns(policy, MyEnvironment(), 10, 1).mean();
}
