// expect: an entropy or an importance correction needs a density
#include "holdfast/learners/sac.hpp"
#include "holdfast/policies/diffusion.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = TanhGaussian<float>;
#else
using MyPolicy = Diffusion<>;
#endif

using MyLearner = ActorCritic<MyPolicy, Ensemble<MlpQ<float>>, PolicyValue, NoPenalty, SoftGreedy>;
int main() { return static_cast<int>(MyLearner({}, {1, 1}, 0).step()); }
