/// \file
/// Defines a fixed dataset in memory, with one column per transition and separate terminal and timeout flags.
#pragma once

#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

/// A dataset of N transitions (s, a, r, s′) in the order in which they were recorded, one column each.
///
/// **Terminal** and **timeout** are different. Terminal means that the process itself ended: no value follows, and the
/// next observation is never used. Timeout means that only the recording ended: the process would have continued from
/// the next observation, and the backup bootstraps from it.
///
/// Actions are vectors, or numbers of a finite action set as in Transitions<float, ActionIndices>. Observations may be
/// a SparseMatrix, for example one-hot states or bags of features; batches gathered from them are dense.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>, class ObservationsType = Matrix<ScalarType>>
struct Transitions {
  using Scalar = ScalarType;
  using Actions = ActionsType;
  using Observations = ObservationsType;
  using BatchType = Batch<Scalar, Actions>;

  Observations observations;       ///< O×N
  Actions actions;                 ///< A×N; for a finite action set 1×N, in [0, A)
  Row<Scalar> rewards;             ///< 1×N
  Observations next_observations;  ///< O×N
  Flags terminals;                 ///< 1×N, the process ended: no bootstrap
  Flags timeouts;                  ///< 1×N, the recording ended: bootstrap
  Row<Scalar> action_log_probs;    ///< 1×N, log π_b(a|s) of the behavior policy; empty if not recorded
  Row<Scalar> returns_to_go;       ///< 1×N, computed by `returns_to_go`; empty by default
  Actions next_actions;            ///< A×N, computed by `with_next_actions`; empty by default
  Index action_count = 0;  ///< A for a finite action set, including actions never taken; unused for continuous actions

  /// Returns the list of the columns. Gathering, selecting, resizing, checking, reading and writing all use it.
  [[nodiscard]] static constexpr auto columns() {
    using T = Transitions;
    using B = BatchType;
    return std::tuple{
        column<ColumnKind::observation>("observations", &T::observations, &B::observations),
        column<ColumnKind::action>("actions", &T::actions, &B::actions),
        column<ColumnKind::number>("rewards", &T::rewards, &B::rewards),
        column<ColumnKind::observation>("next_observations", &T::next_observations, &B::next_observations),
        column<ColumnKind::flag>("terminals", &T::terminals),
        column<ColumnKind::flag>("timeouts", &T::timeouts).inferred(),
        column<ColumnKind::number>("action_log_probs", &T::action_log_probs).optional("infos/action_log_probs"),
        column<ColumnKind::number>("returns_to_go", &T::returns_to_go, &B::returns_to_go).optional(),
        column<ColumnKind::action>("next_actions", &T::next_actions, &B::next_actions).optional()};
  }

  /// Calls visit(column) for every column of the list. The column is passed by value.
  template <class Visit>
  static constexpr void for_each_column(Visit&& visit) {
    std::apply([&](auto... each) { (visit(each), ...); }, columns());
  }

  /// Returns false only if the column is optional and empty.
  [[nodiscard]] bool has(auto column) const { return !column.is_optional || (this->*column.stored).size() > 0; }

  /// Returns N, the number of transitions.
  [[nodiscard]] Index size() const { return observations.cols(); }
  [[nodiscard]] Index observation_size() const { return observations.rows(); }
  /// Returns A: the features of a continuous action, or the number of actions of a finite action set.
  [[nodiscard]] Index action_size() const {
    if constexpr (FiniteActions<Actions>)
      return action_count;
    else
      return actions.rows();
  }
  [[nodiscard]] bool has_action_log_probs() const { return action_log_probs.size() > 0; }

  /// Copies the transitions with the given indices, each in [0, size()), into `batch`, with continuation
  /// γ (1 − terminal), γ = `discount`. Allocates only if the shape of `batch` changes.
  void gather(std::span<const Index> indices, double discount, BatchType& batch) const;

  /// Returns a dataset of the transitions with the given indices, in the given order; each index must be in
  /// [0, size()).
  [[nodiscard]] Transitions select(std::span<const Index> indices) const;

  /// Returns the same transitions with numbers of type `Other` and dense observations.
  template <class Other>
  [[nodiscard]] auto cast() const;

  /// Changes the number of transitions to `size` and keeps the first ones. The content of new transitions is undefined.
  void resize(Index size);

  /// Appends the transitions of another dataset with dense columns. Optional columns that this dataset does not have
  /// are ignored. Throws DataError if the other dataset lacks a column of this one, if a shape differs, or if the
  /// number of actions differs. This dataset is then unchanged.
  void append(const Transitions& more);

  /// Returns the lowest and the highest reward. Throws DataError if there is no transition.
  [[nodiscard]] Interval reward_range() const {
    if (rewards.size() == 0) throw DataError("rewards: expected at least one transition, found none");
    return {static_cast<double>(rewards.minCoeff()), static_cast<double>(rewards.maxCoeff())};
  }

  /// Throws DataError, naming the field and the row, unless there is at least one transition, the shapes agree, all
  /// numbers are finite, all flags are 0 or 1, and all actions of a finite action set are in [0, action_count).
  void validate() const;
};

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::gather(std::span<const Index> indices, double discount,
                                                        BatchType& batch) const {
  for_each_column([&](auto column) {
    if constexpr (column.is_gathered) {
      const auto those = has(column) ? indices : indices.first(0);
      detail::copy_columns(this->*column.stored, those, batch.*column.gathered);
    }
  });
  batch.continuation.resize(batch.size());
  for (Index column = 0; column < batch.size(); ++column) {
    const bool terminal = terminals(indices[static_cast<std::size_t>(column)]) != 0;
    batch.continuation(column) = terminal ? Scalar{0} : static_cast<Scalar>(discount);
  }
}

template <class Scalar, class Actions, class Observations>
auto Transitions<Scalar, Actions, Observations>::select(std::span<const Index> indices) const -> Transitions {
  Transitions chosen;
  for_each_column([&](auto column) {
    if (has(column)) detail::copy_columns(this->*column.stored, indices, chosen.*column.stored);
  });
  chosen.action_count = action_count;
  return chosen;
}

template <class Scalar, class Actions, class Observations>
template <class Other>
auto Transitions<Scalar, Actions, Observations>::cast() const {
  using Result = Transitions<Other, std::conditional_t<FiniteActions<Actions>, ActionIndices, Matrix<Other>>>;
  Result result;
  const auto convert = [&](auto from, auto to) {
    auto& converted = result.*to.stored;
    if (has(from)) converted = (this->*from.stored).template cast<typename std::decay_t<decltype(converted)>::Scalar>();
  };
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (convert(std::get<i>(columns()), std::get<i>(Result::columns())), ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(columns())>>{});
  result.action_count = action_count;
  return result;
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::resize(Index size) {
  for_each_column([&](auto column) {
    if (has(column)) detail::resize_columns(this->*column.stored, size);
  });
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::append(const Transitions& more) {
  const Index first = size();
  const Index added = more.size();
  if (action_count != more.action_count)
    throw DataError(message("action_count: expected ", action_count, " to append, found ", more.action_count));
  for_each_column([&](auto column) {
    if (!has(column)) return;
    const auto& own = this->*column.stored;
    const auto& others = more.*column.stored;
    if (others.rows() != own.rows() || others.cols() != added)
      throw DataError(message(column.name, ": expected ", added, " rows of ", own.rows(), " to append, found ",
                              others.cols(), " of ", others.rows()));
  });
  for_each_column([&](auto column) {
    if (!has(column)) return;
    detail::resize_columns(this->*column.stored, first + added);
    (this->*column.stored).rightCols(added) = (more.*column.stored).leftCols(added);
  });
}

template <class Scalar, class Actions, class Observations>
void Transitions<Scalar, Actions, Observations>::validate() const {
  if (size() == 0) throw DataError("observations: expected at least one transition, found none");
  if (observation_size() == 0) throw DataError("observations: expected at least one feature, found none");
  if (!FiniteActions<Actions> && action_size() == 0)
    throw DataError("actions: expected at least one feature, found none");
  for_each_column([this](auto column) {
    if (!has(column)) return;
    const char* const name = column.name;
    const auto& values = this->*column.stored;
    if constexpr (column.kind == ColumnKind::flag)
      detail::check_flags(name, values, size());
    else if constexpr (column.kind == ColumnKind::action && FiniteActions<Actions>)
      detail::check_actions(name, values, action_count, size());
    else if constexpr (column.kind == ColumnKind::number)
      detail::check_column(name, values, 1, size());
    else
      detail::check_column(name, values, column.kind == ColumnKind::action ? action_size() : observation_size(),
                           size());
  });
}

}  // namespace holdfast
