// expect: a MaximumMeanDiscrepancy compares continuous actions; for finite ones there is Unsupported
#include "holdfast/learners/bear.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyDivergence = Unsupported;
#else
using MyDivergence = MaximumMeanDiscrepancy;
#endif

using MyLearner = ActorCritic<MlpCategorical<float>, Ensemble<MlpFiniteQ<float>>, SupportedMaximum, NoPenalty,
                              ConstrainedGreedy<MyDivergence>>;
int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
