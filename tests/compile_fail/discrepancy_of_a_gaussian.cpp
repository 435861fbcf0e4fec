// expect: a MaximumMeanDiscrepancy compares draws u of actions tanh
#include "holdfast/learners/bear.hpp"
#include "holdfast/policies/gaussian.hpp"

using namespace holdfast;

// A Gaussian's draws before the clipping are actions; those of the behavior model are before a tanh.
#ifdef HOLDFAST_CONTROL
using MyPolicy = TanhGaussian<float>;
#else
using MyPolicy = Gaussian<float>;
#endif

using MyLearner = ActorCritic<MyPolicy, Ensemble<MlpQ<float>>, SupportedMaximum, NoPenalty,
                              ConstrainedGreedy<MaximumMeanDiscrepancy>>;
int main() { return static_cast<int>(MyLearner({}, {1, 1}, 0).step()); }
