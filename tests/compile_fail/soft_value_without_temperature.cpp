// expect: this ValueRule backs up the entropy and needs a PolicyImprovement whose State has temperature
#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/sac.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Rule = PolicyValue;
#else
using Rule = SoftPolicyValue;
#endif

void update(ActorCritic<TanhGaussian<>, Ensemble<MlpQ<>>, Rule, NoPenalty, Cloning>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
