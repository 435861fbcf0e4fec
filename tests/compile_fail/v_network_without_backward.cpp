// expect: a VNetwork must have backward
#include "holdfast/learners/iql.hpp"

using namespace holdfast;

struct MyV {
  using Scalar = float;
  struct Tape {
    Row<float> values;
  };
  Vector<float> flat;

  MyV(NoConfig, Sizes, Generator&) {}
  Vector<float>& parameters() { return flat; }
  const Vector<float>& parameters() const { return flat; }
  const Row<float>& values(const Matrix<float>&, Tape& tape) const { return tape.values; }
#ifdef HOLDFAST_CONTROL
  void backward(const Matrix<float>&, Tape&, const Row<float>&, Vector<float>&) const {}
#else
  void backward(const Matrix<float>&, const Row<float>&, Vector<float>&) const {}
#endif
};

void update(ActorCritic<Gaussian<>, Ensemble<MlpQ<>>, Expectile<MyV>, NoPenalty, AdvantageWeighted>& learner,
            const Batch<float>& batch) {
  learner.update(batch);
}
