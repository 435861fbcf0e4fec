/// \file
/// Provides an empty set of critics, for learners that need none, such as behavior cloning.
#pragma once

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast {

/// An ensemble of zero Q-networks. Satisfies IsCritics.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>>
class NoCritics {
 public:
  using Scalar = ScalarType;
  using Actions = ActionsType;
  struct Config {
    static void fields(auto&, auto&&) {}
  };
  struct Tape {
    Matrix<Scalar> values;  ///< 0×KB
  };

  NoCritics() = default;
  NoCritics(const Config&, Sizes, Generator&) {}

  [[nodiscard]] static constexpr Index size() { return 0; }
  const Matrix<Scalar>& values(Net, const Matrix<Scalar>&, const Actions& actions, Tape& tape) const {
    tape.values.resize(0, actions.cols());
    return tape.values;
  }
  void backward(const Matrix<Scalar>&, const Actions&, Tape&, const Matrix<Scalar>&) {}
  void action_gradient(const Matrix<Scalar>&, const Actions& actions, Tape&, const Matrix<Scalar>&,
                       Actions& out) const {
    out.setZero(actions.rows(), actions.cols());
  }
  void step() {}
  void track(double) {}
  static void state(auto&, auto&&) {}
};

}  // namespace holdfast
