/// \file
/// A fixed dataset in memory: one column per transition, terminals and timeouts kept apart.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"

namespace holdfast {

/// N transitions (s, a, r, s′) in the order they were recorded, one column each.
///
/// **Terminal** and **timeout** are different things. Terminal: the process itself ended, no value follows, and the
/// next observation is never used. Timeout: only the recording ended, the process would have gone on from the next
/// observation, and the backup bootstraps from it.
template <class ScalarType = float>
struct Transitions {
  using Scalar = ScalarType;
  using BatchType = Batch<Scalar>;

  /// The closed interval [lowest, highest].
  struct Range {
    Scalar lowest = 0;
    Scalar highest = 0;
  };

  Matrix<Scalar> observations;       ///< O×N
  Matrix<Scalar> actions;            ///< A×N
  Row<Scalar> rewards;               ///< 1×N
  Matrix<Scalar> next_observations;  ///< O×N
  Flags terminals;                   ///< 1×N, the process ended: no bootstrap
  Flags timeouts;                    ///< 1×N, the recording ended: bootstrap
  Row<Scalar> action_log_probs;      ///< 1×N, log π_b(a|s) of the policy that acted; empty where not recorded

  /// N, the number of transitions.
  [[nodiscard]] Index size() const { return observations.cols(); }
  [[nodiscard]] Index observation_size() const { return observations.rows(); }
  [[nodiscard]] Index action_size() const { return actions.rows(); }
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
  /// number is finite and every flag is 0 or 1.
  void validate() const;
};

namespace detail {

/// Copies the given columns, in the given order; allocates only where `out` has another size.
template <class Dense>
void copy_columns(const Dense& source, std::span<const Index> indices, Dense& out) {
  out.resize(source.rows(), static_cast<Index>(indices.size()));
  for (Index column = 0; column < out.cols(); ++column)
    out.col(column) = source.col(indices[static_cast<std::size_t>(column)]);
}

/// Throws DataError unless `values` has the given shape and only finite numbers. A "row" is a transition, as in files.
template <class Derived>
void check_column(const char* field, const Eigen::DenseBase<Derived>& values, Index features, Index size) {
  if (values.rows() != features || values.cols() != size)
    throw DataError(
        message(field, ": expected ", size, " rows of ", features, ", found ", values.cols(), " of ", values.rows()));
  if (values.derived().allFinite()) return;
  for (Index row = 0; row < size; ++row)
    for (Index feature = 0; feature < features; ++feature)
      if (const auto value = values.derived()(feature, row); !std::isfinite(value))
        throw DataError(
            message(field, ": expected finite numbers, found ", value, " in row ", row, ", feature ", feature));
}

/// Throws DataError unless `flags` has `size` entries, each 0 or 1.
inline void check_flags(const char* field, const Flags& flags, Index size) {
  if (flags.size() != size) throw DataError(message(field, ": expected ", size, " rows, found ", flags.size()));
  for (Index row = 0; row < size; ++row)
    if (flags(row) > 1)
      throw DataError(message(field, ": expected 0 or 1, found ", static_cast<int>(flags(row)), " in row ", row));
}

}  // namespace detail

template <class Scalar>
void Transitions<Scalar>::gather(std::span<const Index> indices, double discount, BatchType& batch) const {
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

template <class Scalar>
Transitions<Scalar> Transitions<Scalar>::select(std::span<const Index> indices) const {
  Transitions chosen;
  detail::copy_columns(observations, indices, chosen.observations);
  detail::copy_columns(actions, indices, chosen.actions);
  detail::copy_columns(rewards, indices, chosen.rewards);
  detail::copy_columns(next_observations, indices, chosen.next_observations);
  detail::copy_columns(terminals, indices, chosen.terminals);
  detail::copy_columns(timeouts, indices, chosen.timeouts);
  if (has_action_log_probs()) detail::copy_columns(action_log_probs, indices, chosen.action_log_probs);
  return chosen;
}

template <class Scalar>
void Transitions<Scalar>::resize(Index size) {
  if (has_action_log_probs()) action_log_probs.conservativeResize(size);
  actions.conservativeResize(Eigen::NoChange, size);
  rewards.conservativeResize(size);
  next_observations.conservativeResize(Eigen::NoChange, size);
  terminals.conservativeResize(size);
  timeouts.conservativeResize(size);
  observations.conservativeResize(Eigen::NoChange, size);
}

template <class Scalar>
void Transitions<Scalar>::validate() const {
  if (size() == 0) throw DataError("observations: expected at least one transition, found none");
  if (observation_size() == 0) throw DataError("observations: expected at least one feature, found none");
  if (action_size() == 0) throw DataError("actions: expected at least one feature, found none");
  detail::check_column("observations", observations, observation_size(), size());
  detail::check_column("actions", actions, action_size(), size());
  detail::check_column("rewards", rewards, 1, size());
  detail::check_column("next_observations", next_observations, observation_size(), size());
  detail::check_flags("terminals", terminals, size());
  detail::check_flags("timeouts", timeouts, size());
  if (has_action_log_probs()) detail::check_column("action_log_probs", action_log_probs, 1, size());
}

}  // namespace holdfast
