/// \file
/// JoinedDatasets: two datasets as one, such as a fixed one and one that grows.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/data/concepts.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// The transitions of one dataset, followed by those of another. It refers to both, which may grow; a sampler draws
/// from it as from any dataset.
///
/// If only one of them has an optional column, the transitions of the other get returns to go of −∞, which bound
/// nothing, and batches have no `next_actions`. Calls of `gather` share a workspace, so each thread needs its own.
template <class First, class Second>
class JoinedDatasets {
  static_assert(check_dataset<First>() && check_dataset<Second>());
  static_assert(std::is_same_v<typename First::BatchType, typename Second::BatchType>,
                "holdfast: joined Datasets must have the same BatchType (scalar and actions)");

 public:
  using Scalar = typename First::Scalar;
  using BatchType = typename First::BatchType;

  /// Throws DataError if the sizes of observations or actions differ.
  JoinedDatasets(const First& first, const Second& second) : first_(first), second_(second) {
    const auto check = [](const char* what, Index expected, Index found) {
      if (found != expected)
        throw DataError(message("datasets to be joined: expected ", expected, " ", what, " in both, found ", found));
    };
    check("observation features", first.observation_size(), second.observation_size());
    check(FiniteActions<typename BatchType::Actions> ? "actions" : "action features", first.action_size(),
          second.action_size());
  }

  [[nodiscard]] const First& first() const { return first_; }
  [[nodiscard]] Index size() const { return first_.size() + second_.size(); }
  [[nodiscard]] Index observation_size() const { return first_.observation_size(); }
  [[nodiscard]] Index action_size() const { return first_.action_size(); }

  /// Fills `batch` as Transitions::gather does; each index must be in [0, size()). Does not allocate if called again
  /// with the same number of indices.
  void gather(std::span<const Index> indices, double discount, BatchType& batch) const {
    const Index split = first_.size();
    if (second_.size() == 0) return first_.gather(indices, discount, batch);
    // Each of the two gathers a whole batch, with its row 0 where the other's transition goes: no size changes.
    rows_.resize(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) rows_[i] = indices[i] < split ? indices[i] : 0;
    if (split > 0) first_.gather(rows_, discount, batch);
    for (std::size_t i = 0; i < indices.size(); ++i) rows_[i] = indices[i] < split ? 0 : indices[i] - split;
    if (split == 0) return second_.gather(rows_, discount, batch);
    second_.gather(rows_, discount, of_second_);
    merge(indices, batch);
  }

 private:
  /// Moves the columns of the second dataset's transitions into the batch.
  void merge(std::span<const Index> indices, BatchType& batch) const {
    constexpr Scalar unbounded = -std::numeric_limits<Scalar>::infinity();
    Row<Scalar>& returns = batch.returns_to_go;
    const bool second_has_returns = of_second_.returns_to_go.size() > 0;
    if (returns.size() == 0 && second_has_returns) returns.setConstant(batch.size(), unbounded);
    if (batch.next_actions.cols() != of_second_.next_actions.cols())
      for (BatchType* each : {&batch, &of_second_}) each->next_actions.resize(batch.next_actions.rows(), 0);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < first_.size()) continue;
      const auto column = static_cast<Index>(i);
      each_column([&](auto member) {
        if ((of_second_.*member).size() > 0) (batch.*member).col(column) = (of_second_.*member).col(column);
      });
      if (returns.size() > 0 && !second_has_returns) returns(column) = unbounded;
    }
  }

  template <class Visit>
  static void each_column(Visit&& visit) {
    Transitions<Scalar, typename BatchType::Actions>::for_each_column([&](auto column) {
      if constexpr (column.is_gathered) visit(column.gathered);
    });
    visit(&BatchType::continuation);
  }

  const First& first_;
  const Second& second_;
  mutable std::vector<Index> rows_;
  mutable BatchType of_second_;
};

}  // namespace holdfast
