/// \file
/// A bandit with one state as a batch: every transition is terminal.
#pragma once

#include "holdfast/data/batch.hpp"

namespace holdfast::testing {

/// Returns one transition for each action (1×B), from the observation 1, with the given rewards (1×B).
template <class Scalar>
[[nodiscard]] Batch<Scalar> bandit(const Row<Scalar>& actions, const Row<Scalar>& rewards) {
  Batch<Scalar> batch;
  batch.observations = Matrix<Scalar>::Ones(1, actions.size());
  batch.actions = actions.matrix();
  batch.rewards = rewards;
  batch.continuation = Row<Scalar>::Zero(actions.size());
  batch.next_observations = batch.observations;
  return batch;
}

}  // namespace holdfast::testing
