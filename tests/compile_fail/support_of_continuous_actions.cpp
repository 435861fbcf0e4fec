// expect: Unsupported counts finite actions
#include "holdfast/learners/bear.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyDivergence = MaximumMeanDiscrepancy;
#else
using MyDivergence = Unsupported;
#endif

using MyLearner = ActorCritic<TanhGaussian<float>, Ensemble<MlpQ<float>>, SupportedMaximum, NoPenalty,
                              ConstrainedGreedy<MyDivergence>>;
int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
