/// \file
/// Random matrices and batches for tests.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/data/batch.hpp"

namespace holdfast::testing {

/// Returns standard normal numbers.
template <class Scalar = double>
[[nodiscard]] Matrix<Scalar> normal_matrix(Index rows, Index columns, Generator& generator) {
  Matrix<Scalar> matrix(rows, columns);
  generator.fill_normal(matrix);
  return matrix;
}

/// Returns standard normal numbers.
template <class Scalar = double>
[[nodiscard]] Row<Scalar> normal_row(Index columns, Generator& generator) {
  Row<Scalar> row(columns);
  generator.fill_normal(row);
  return row;
}

/// Returns actions that are uniform on (−0.9, 0.9), where a squashed policy's density exists.
template <class Scalar = double>
[[nodiscard]] Matrix<Scalar> uniform_actions(Index rows, Index columns, Generator& generator) {
  Matrix<Scalar> actions(rows, columns);
  for (Index i = 0; i < actions.size(); ++i) actions.data()[i] = static_cast<Scalar>(generator.uniform(-0.9, 0.9));
  return actions;
}

/// Returns action numbers that are uniform on {0, …, count − 1}.
[[nodiscard]] inline ActionIndices uniform_numbers(Index count, Index columns, Generator& generator) {
  ActionIndices actions(columns);
  for (Index i = 0; i < columns; ++i) actions(i) = generator.index(count);
  return actions;
}

/// Returns a batch of normal observations and rewards and uniform actions; every fourth transition is terminal,
/// γ = 0.9.
template <class Scalar = double, class Actions = Matrix<Scalar>>
[[nodiscard]] Batch<Scalar, Actions> random_batch(Sizes sizes, Index size, Generator& generator) {
  Batch<Scalar, Actions> batch;
  batch.observations = normal_matrix<Scalar>(sizes.observation, size, generator);
  if constexpr (FiniteActions<Actions>)
    batch.actions = uniform_numbers(sizes.action, size, generator);
  else
    batch.actions = uniform_actions<Scalar>(sizes.action, size, generator);
  batch.rewards = normal_row<Scalar>(size, generator);
  batch.continuation.resize(size);
  for (Index i = 0; i < size; ++i) batch.continuation(i) = i % 4 == 3 ? Scalar{0} : static_cast<Scalar>(0.9);
  batch.next_observations = normal_matrix<Scalar>(sizes.observation, size, generator);
  if constexpr (!FiniteActions<Actions>)
    batch.next_actions = batch.actions.rowwise().reverse();  // the data's actions at other states
  batch.returns_to_go = batch.rewards.reverse();             // numbers of the size of returns
  return batch;
}

}  // namespace holdfast::testing
