// expect: needs a density.*needs a density.*needs a density.*asks critics.*needs a ValueRule that has an advantage
#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/cql.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
template <int>
struct MyPolicy : TanhGaussian<float> {
  using TanhGaussian<float>::TanhGaussian;
};
using MyCritics = Ensemble<MlpQ<float>>;
using MyRule = PolicyValue;
#else
template <int>
struct MyPolicy : Deterministic<float> {
  using Deterministic<float>::Deterministic;
};
using MyCritics = NoCritics<float>;
using MyRule = NoValue;
#endif

using P = TanhGaussian<float>;
using C = Ensemble<MlpQ<float>>;
static_assert(sizeof(ActorCritic<MyPolicy<0>, C, SoftPolicyValue, NoPenalty, SoftGreedy>) > 0);
static_assert(sizeof(ActorCritic<MyPolicy<1>, C, PolicyValue, NoPenalty, SoftGreedy>) > 0);
static_assert(sizeof(ActorCritic<MyPolicy<2>, C, PolicyValue, Conservative, Cloning>) > 0);

void value_without_critics(const P& policy, const MyCritics& critics, Generator& generator) {
  PolicyValue::State<P, MyCritics>({}, policy, critics, {1, 2}, generator);
}

void weigh_by_nothing(Context<P, C>& context, AdvantageWeighted::State<P, C>& improvement, MyRule::State<P, C>& rule,
                      Vector<float>& gradient) {
  improvement.improve(context, rule, gradient);
}
