// expect: a Divergence's State must have backward
#include "holdfast/learners/bear.hpp"

using namespace holdfast;

struct MyDivergence {
  static void fields(auto&, auto&&) {}
  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    using ProposalType = Proposal<float>;
    State(const MyDivergence&, const Policy&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    void values(ContextType&, const Matrix<float>& observations, const ProposalType&, Row<float>& out) {
      out.setZero(observations.cols());
    }
#ifdef HOLDFAST_CONTROL
    void backward(const ProposalType&, const Row<float>&, ProposalType&) {}
#endif
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
  };
};

void update(ActorCritic<TanhGaussian<>, Ensemble<MlpQ<>>, SupportedMaximum, NoPenalty, ConstrainedGreedy<MyDivergence>>&
                learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
