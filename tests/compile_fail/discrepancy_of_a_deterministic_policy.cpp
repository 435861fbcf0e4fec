// expect: a MaximumMeanDiscrepancy compares draws before the tanh
#include "holdfast/learners/bear.hpp"
#include "holdfast/policies/deterministic.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = TanhGaussian<float>;
#else
using MyPolicy = Deterministic<float>;
#endif

using MyLearner = ActorCritic<MyPolicy, Ensemble<MlpQ<float>>, SupportedMaximum, NoPenalty,
                              ConstrainedGreedy<MaximumMeanDiscrepancy>>;
int main() { return static_cast<int>(MyLearner({}, {1, 1}, 0).step()); }
