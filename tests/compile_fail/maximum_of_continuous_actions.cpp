// expect: over draws of a continuous policy use MaximumBackup
#include "holdfast/learners/sac.hpp"
#include "holdfast/values/maximum.hpp"
#include "holdfast/values/supported_maximum.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Rule = MaximumBackup;
#else
using Rule = Maximum;
#endif
using MyLearner = ActorCritic<TanhGaussian<float>, Ensemble<MlpQ<float>>, Rule, NoPenalty, SoftGreedy>;

int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
