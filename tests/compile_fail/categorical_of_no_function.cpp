// expect: a ParametricFunction must have backward
#include "holdfast/policies/categorical.hpp"

using namespace holdfast;

struct MyFunction {
  using Scalar = float;
  struct Config {};
  struct Tape {
    Matrix<float> outputs;
  };
  MyFunction(Index, Index, const Config&) {}
  Index parameter_count() const { return 0; }
  Index inputs() const { return 1; }
  Index outputs() const { return 1; }
  Config config() const { return {}; }
  void initialize(float*, Generator&) const {}
  const Matrix<float>& forward(const float*, const Matrix<float>&, Tape& tape) const { return tape.outputs; }
#ifdef HOLDFAST_CONTROL
  void backward(const float*, const Matrix<float>&, Tape&, const Matrix<float>&, float*) const {}
#endif
};

Index actions(const Categorical<MyFunction>& policy) { return policy.action_size(); }
