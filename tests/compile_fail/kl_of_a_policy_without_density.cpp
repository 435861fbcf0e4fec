// expect: a KullbackLeibler needs densities
#include "holdfast/learners/brac.hpp"
#include "holdfast/policies/deterministic.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = TanhGaussian<float>;
#else
using MyPolicy = Deterministic<float>;
#endif

using MyLearner =
    ActorCritic<MyPolicy, Ensemble<MlpQ<float>>, PolicyValue, NoPenalty, ConstrainedGreedy<KullbackLeibler>>;
int main() { return static_cast<int>(MyLearner({}, {1, 1}, 0).step()); }
