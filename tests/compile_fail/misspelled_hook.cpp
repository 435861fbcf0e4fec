// expect: a ValueRule's State must have prepare
#include "holdfast/learners/sac.hpp"

using namespace holdfast;

struct MyRule {
  static constexpr bool needs_temperature = false;
  template <class Policy, class Critics>
  struct State {
    using X = Context<Policy, Critics>;
    State(const MyRule&, const Policy&, const Critics&, Sizes, Generator&) {}
#ifdef HOLDFAST_CONTROL
    void prepare(X&) {}
#else
    void prepar(X&) {}
#endif
    void track(X&, double) {}
    void values(X& x, Side, Net, Row<float>& out) { out.setZero(x.batch.size()); }
    void advantage(X& x, Row<float>& out) { out.setZero(x.batch.size()); }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
  };
};

void update(ActorCritic<TanhGaussian<>, Ensemble<MlpQ<>>, MyRule, NoPenalty, SoftGreedy>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
