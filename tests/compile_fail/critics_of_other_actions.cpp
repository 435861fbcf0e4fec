// expect: the Policy and the Critics must name the same Actions
#include "holdfast/learners/cql.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Q = MlpQ<float>;
#else
using Q = MlpFiniteQ<float>;
#endif

using MyLearner = ActorCritic<TanhGaussian<float>, Ensemble<Q>, PolicyValue, Conservative, SoftGreedy>;
int main() { return static_cast<int>(MyLearner({}, {1, 2}, 0).step()); }
