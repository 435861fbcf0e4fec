/// \file
/// A fixed dataset in memory: one column per transition, terminals and timeouts kept apart.
#pragma once

#include <cstddef>
#include <span>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

/// N transitions (s, a, r, s′) in the order they were recorded, one column each.
///
/// **Terminal** and **timeout** are different things. Terminal: the process itself ended, no value follows, and the
/// next observation is never used. Timeout: only the recording ended, the process would have gone on from the next
/// observation, and the backup bootstraps from it.
///
/// Actions are vectors, or the numbers of a finite set (ActionIndices, FiniteTransitions). Observations may be a
/// SparseMatrix, such as one-hot states; the batches gathered from them are dense.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>, class ObservationsType = Matrix<ScalarType>>
struct Transitions {
  using Scalar = ScalarType;
  using Actions = ActionsType;
  using Observations = ObservationsType;
  using BatchType = Batch<Scalar, Actions>;

  /// The closed interval [lowest, highest].
  struct Range {
    Scalar lowest = 0;
    Scalar highest = 0;
  };

  Observations observations;       ///< O×N
  Actions actions;                 ///< A×N; of a finite set 1×N, in [0, A)
  Row<Scalar> rewards;             ///< 1×N
  Observations next_observations;  ///< O×N
  Flags terminals;                 ///< 1×N, the process ended: no bootstrap
  Flags timeouts;                  ///< 1×N, the recording ended: bootstrap
  Row<Scalar> action_log_probs;    ///< 1×N, log π_b(a|s) of the policy that acted; empty where not recorded
  Index action_count = 0;          ///< A of a finite set, taken or not; of finite actions only

  /// N, the number of transitions.
  [[nodiscard]] Index size() const { return observations.cols(); }
  [[nodiscard]] Index observation_size() const { return observations.rows(); }
  /// A: the rows of a continuous action; of a finite set, the number of actions.
  [[nodiscard]] Index action_size() const {
    if constexpr (FiniteActions<Actions>)
      return action_count;
    else
      return actions.rows();
  }
  [[nodiscard]] bool has_action_log_probs() const { return action_log_probs.size() > 0; }

  /// Copies the transitions of the given indices, each in [0, size()), into `batch`, with continuation
  /// γ (1 − terminal), γ = `discount`. Allocates only where `batch` has another shape.
  void gather(std::span<const Index> indices, double discount, BatchType& batch) const;

  /// A dataset of the given transitions, in the given order; each index in [0, size()).
  [[nodiscard]] Transitions select(std::span<const Index> indices) const;

  /// Makes room for `size` transitions, keeping the first of them; the content of new ones is not defined.
  void resize(Index size);

  /// The lowest and the highest reward. Throws DataError where there is no transition.
  [[nodiscard]] Range reward_range() const {
    if (rewards.size() == 0) throw DataError("rewards: expected at least one transition, found none");
    return {rewards.minCoeff(), rewards.maxCoeff()};
  }

  /// Throws DataError, naming the field and the row, unless there is at least one transition, the shapes agree, every
  /// number is finite, every flag is 0 or 1 and every action of a finite set is in [0, action_count).
  void validate() const;

 private:
  void validate_actions() const;
};

/// Transitions whose actions are the numbers of a finite set, `action_count` of them.
template <class ScalarType = float>
using FiniteTransitions = Transitions<ScalarType, ActionIndices>;

/// FiniteTransitions whose observations are sparse: one-hot states, bags of features.
template <class ScalarType = float>
using SparseFiniteTransitions = Transitions<ScalarType, ActionIndices, SparseMatrix<ScalarType>>;

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::gather(std::span<const Index> indices, double discount,
                                                        BatchType& batch) const {
  detail::copy_columns(observations, indices, batch.observations);
  detail::copy_columns(actions, indices, batch.actions);
  detail::copy_columns(rewards, indices, batch.rewards);
  detail::copy_columns(next_observations, indices, batch.next_observations);
  batch.continuation.resize(batch.size());
  for (Index column = 0; column < batch.size(); ++column) {
    const bool terminal = terminals(indices[static_cast<std::size_t>(column)]) != 0;
    batch.continuation(column) = terminal ? Scalar{0} : static_cast<Scalar>(discount);
  }
}

template <class Scalar, class Actions, class Observations>
auto Transitions<Scalar, Actions, Observations>::select(std::span<const Index> indices) const -> Transitions {
  Transitions chosen;
  detail::copy_columns(observations, indices, chosen.observations);
  detail::copy_columns(actions, indices, chosen.actions);
  detail::copy_columns(rewards, indices, chosen.rewards);
  detail::copy_columns(next_observations, indices, chosen.next_observations);
  detail::copy_columns(terminals, indices, chosen.terminals);
  detail::copy_columns(timeouts, indices, chosen.timeouts);
  if (has_action_log_probs()) detail::copy_columns(action_log_probs, indices, chosen.action_log_probs);
  chosen.action_count = action_count;
  return chosen;
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::resize(Index size) {
  if (has_action_log_probs()) action_log_probs.conservativeResize(size);
  detail::resize_columns(actions, size);
  rewards.conservativeResize(size);
  detail::resize_columns(next_observations, size);
  terminals.conservativeResize(size);
  timeouts.conservativeResize(size);
  detail::resize_columns(observations, size);
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::validate() const {
  if (size() == 0) throw DataError("observations: expected at least one transition, found none");
  if (observation_size() == 0) throw DataError("observations: expected at least one feature, found none");
  if (!FiniteActions<Actions> && action_size() == 0)
    throw DataError("actions: expected at least one feature, found none");
  detail::check_column("observations", observations, observation_size(), size());
  validate_actions();
  detail::check_column("rewards", rewards, 1, size());
  detail::check_column("next_observations", next_observations, observation_size(), size());
  detail::check_flags("terminals", terminals, size());
  detail::check_flags("timeouts", timeouts, size());
  if (has_action_log_probs()) detail::check_column("action_log_probs", action_log_probs, 1, size());
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::validate_actions() const {
  if constexpr (FiniteActions<Actions>) {
    detail::check_actions(actions, action_count, size());
  } else {
    detail::check_column("actions", actions, action_size(), size());
  }
}

}  // namespace holdfast
