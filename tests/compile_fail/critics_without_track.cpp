// expect: Critics must have track
#include "holdfast/learners/sac.hpp"

using namespace holdfast;

struct MyCritics {
  using Scalar = float;
  using Actions = Matrix<float>;
  struct Tape {
    Matrix<float> values;
  };

  Index size() const { return 1; }
  const Matrix<float>& values(Net, const Matrix<float>&, const Actions&, Tape& tape) const { return tape.values; }
  void backward(const Matrix<float>&, const Actions&, Tape&, const Matrix<float>&) {}
  void action_gradient(const Matrix<float>&, const Actions&, Tape&, const Matrix<float>&, Actions&) const {}
  void step() {}
  static void state(auto&, auto&&) {}
#ifdef HOLDFAST_CONTROL
  void track(double) {}
#endif
};

void update(ActorCritic<TanhGaussian<>, MyCritics, SoftPolicyValue, NoPenalty, SoftGreedy>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
