// expect: a ValueRule's State must have prepare
#include "holdfast/learners/sac.hpp"

using namespace holdfast;

struct MyRule {
  static constexpr bool needs_temperature = false;
  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    State(const MyRule&, const Policy&, const Critics&, Sizes, Generator&) {}
#ifdef HOLDFAST_CONTROL
    void prepare(ContextType&) {}
#else
    void prepar(ContextType&) {}
#endif
    void track(ContextType&, double) {}
    void values(ContextType& context, Side, Net, Row<float>& out) { out.setZero(context.batch.size()); }
    void advantage(ContextType& context, Row<float>& out) { out.setZero(context.batch.size()); }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
  };
};

void update(ActorCritic<TanhGaussian<>, Ensemble<MlpQ<>>, MyRule, NoPenalty, SoftGreedy>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
