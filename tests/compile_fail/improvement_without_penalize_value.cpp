// expect: a PolicyImprovement's State must have penalize_value
#include "holdfast/learners/sac.hpp"

using namespace holdfast;

struct MyImprovement {
  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    State(const MyImprovement&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
#ifdef HOLDFAST_CONTROL
    void penalize_value(ContextType&, Row<float>&) {}
#else
    void penalize_value(ContextType&) {}
#endif
    float improve(ContextType&, auto&, Vector<float>&) { return 0; }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
  };
};

void update(ActorCritic<TanhGaussian<>, Ensemble<MlpQ<>>, PolicyValue, NoPenalty, MyImprovement>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
