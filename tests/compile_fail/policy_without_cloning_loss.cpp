// expect: a Policy must have Scalar cloning_loss
#include "holdfast/learners/bc.hpp"

using namespace holdfast;

struct MyPolicy {
  using Scalar = float;
  using Actions = Matrix<float>;
  struct Tape {};
  Vector<float> flat;

  Vector<float>& parameters() { return flat; }
  const Vector<float>& parameters() const { return flat; }
  Index action_size() const { return 1; }
  void propose(const Matrix<float>&, Index, Generator&, Tape&, Proposal<float>&) const {}
  void backward(const Matrix<float>&, Tape&, const Proposal<float>&, const Proposal<float>&, Vector<float>&) const {}
#ifdef HOLDFAST_CONTROL
  float cloning_loss(const Matrix<float>&, const Actions&, const Row<float>&, Generator&, Tape&, Vector<float>&) const {
    return 0;
  }
#endif
  void mode(const Matrix<float>&, Tape&, Actions&) const {}
};

void update(BcOf<MyPolicy>& learner, const Batch<float>& batch) { learner.update(batch); }
