// expect: Argmax chooses among finite actions
#include "holdfast/learners/dqn.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/policy_value.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyLearner = ActorCritic<Uniform<float>, Ensemble<MlpFiniteQ<float>>, PolicyValue, NoPenalty, Argmax>;
#else
using MyLearner = ActorCritic<TanhGaussian<float>, Ensemble<MlpQ<float>>, PolicyValue, NoPenalty, Argmax>;
#endif

int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
