/// \file
/// Data of linear-quadratic control: single steps from given states.
#pragma once

#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/linear_quadratic.hpp"

namespace holdfast::testing {

/// Returns one step for each state (4×N) and action (2×N), cut there by a time-out.
inline Transitions<double> single_steps(const Matrix<double>& observations, const Matrix<double>& actions) {
  LinearQuadratic environment;
  const Index size = observations.cols();
  Transitions<double> data;
  data.observations = observations;
  data.actions = actions;
  data.rewards.resize(size);
  data.next_observations.resize(observations.rows(), size);
  data.terminals.setZero(size);
  data.timeouts.setOnes(size);
  for (Index i = 0; i < size; ++i) {
    environment.set_state(observations.col(i));
    data.rewards(i) = environment.step(actions.col(i)).reward;
    data.next_observations.col(i) = environment.state();
  }
  return data;
}

}  // namespace holdfast::testing
