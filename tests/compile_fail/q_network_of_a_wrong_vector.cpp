// expect: a QNetwork must have parameters.., const and not, returning a reference to Vector<Scalar>
#include "holdfast/checks.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Parameters = Vector<float>;
#else
using Parameters = Vector<double>;
#endif

struct MyQ {
  using Scalar = float;
  using Actions = Matrix<float>;
  struct Tape {
    Row<float> values;
  };
  Parameters flat;

  Parameters& parameters() { return flat; }
  const Parameters& parameters() const { return flat; }
  const Row<float>& values(const Matrix<float>&, const Actions&, Tape& tape) const { return tape.values; }
  void backward(const Matrix<float>&, const Actions&, Tape&, const Row<float>&, Vector<float>&) const {}
  void action_gradient(const Matrix<float>&, const Actions&, Tape&, const Row<float>&, Actions&) const {}
};

static_assert(check_q_network<MyQ>());
