/// \file
/// Selects the trajectories of a dataset with the largest returns, as percentile cloning does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/data/trajectories.hpp"

namespace holdfast {

/// Returns the transitions of the best `share`, in (0, 1], of the trajectories by undiscounted return, at least one.
/// The rows keep their order; of trajectories with equal returns the first ones are taken. Cloning them is the
/// percentile cloning of Chen et al. 2021, "Decision Transformer", section 5.1. Throws ConfigError if the share is out
/// of range, and DataError if the dataset is empty.
template <class Data>
[[nodiscard]] Data best_trajectories(const Data& dataset, double share) {
  require(share > 0 && share <= 1, "share of the best trajectories", "in (0, 1]", share);
  const Trajectories all = trajectories(dataset);
  if (all.empty()) throw DataError("dataset: expected at least one trajectory, found none");
  std::vector<double> totals;
  totals.reserve(static_cast<std::size_t>(all.size()));
  for (const TrajectoryRange& range : all) totals.push_back(discounted_return(dataset, range, 1));
  std::vector<Index> order(totals.size());
  std::iota(order.begin(), order.end(), Index{0});
  constexpr double rounding = 1e-9;  // 0.29 of 100 are 29, though the product is a little less
  const auto kept = static_cast<std::size_t>(share * static_cast<double>(order.size()) + rounding);
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return totals[static_cast<std::size_t>(a)] > totals[static_cast<std::size_t>(b)];
  });
  order.resize(std::max(kept, std::size_t{1}));
  std::sort(order.begin(), order.end());
  return dataset.select(all.rows(order));
}

}  // namespace holdfast
