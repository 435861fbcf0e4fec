// expect: a KullbackLeibler needs densities
#include "holdfast/learners/brac.hpp"
#include "holdfast/policies/uniform.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = MlpCategorical<float>;
#else
using MyPolicy = Uniform<float>;
#endif

using MyLearner =
    ActorCritic<MyPolicy, Ensemble<MlpFiniteQ<float>>, PolicyValue, NoPenalty, ConstrainedGreedy<KullbackLeibler>>;
int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
