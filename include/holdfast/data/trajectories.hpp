/// \file
/// Where trajectories begin and end in a dataset, and what they return.
#pragma once

#include <cstddef>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// Transitions [begin, end) of one trajectory, and why it ended. With neither flag the recording simply broke off.
struct TrajectoryRange {
  Index begin = 0;
  Index end = 0;
  bool terminal = false;
  bool timeout = false;

  /// Number of transitions.
  [[nodiscard]] Index size() const { return end - begin; }
};

namespace detail {

/// Whether transition `row` is the last of its trajectory.
template <class Scalar, class Actions, class Observations>
bool ends_trajectory(const Transitions<Scalar, Actions, Observations>& dataset, Index row) {
  if (row + 1 == dataset.size() || dataset.terminals(row) || dataset.timeouts(row)) return true;
  return columns_differ(dataset.next_observations, row, dataset.observations, row + 1);
}

/// The discounted sum of rewards from each transition of `range` to its end, handed to `visit(row, sum)` from the last
/// transition to the first.
template <class Scalar, class Actions, class Observations, class Visit>
void accumulate_backward(const Transitions<Scalar, Actions, Observations>& dataset, const TrajectoryRange& range,
                         double discount, Visit&& visit) {
  double sum = 0;
  for (Index row = range.end - 1; row >= range.begin; --row) {
    sum = static_cast<double>(dataset.rewards(row)) + discount * sum;
    visit(row, sum);
  }
}

}  // namespace detail

/// The trajectories of a dataset, in order; together they cover it. One ends at a terminal, at a timeout, where the
/// next observation is not the observation of the following transition (by more than 1e-6 of its size, in any
/// feature), and at the end of the dataset.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] std::vector<TrajectoryRange> trajectories(const Transitions<Scalar, Actions, Observations>& dataset) {
  std::vector<TrajectoryRange> ranges;
  Index begin = 0;
  for (Index row = 0; row < dataset.size(); ++row) {
    if (!detail::ends_trajectory(dataset, row)) continue;
    ranges.push_back({begin, row + 1, dataset.terminals(row) != 0, dataset.timeouts(row) != 0});
    begin = row + 1;
  }
  return ranges;
}

/// Σ_t γ^t r_t over one trajectory, γ = `discount`. What would have followed a timeout is not counted.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] double discounted_return(const Transitions<Scalar, Actions, Observations>& dataset,
                                       const TrajectoryRange& range, double discount) {
  double total = 0;
  detail::accumulate_backward(dataset, range, discount, [&](Index, double sum) { total = sum; });
  return total;
}

/// The return of each trajectory, in order; undiscounted by default.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] std::vector<double> returns(const Transitions<Scalar, Actions, Observations>& dataset,
                                          double discount = 1) {
  std::vector<double> all;
  for (const TrajectoryRange& range : trajectories(dataset)) all.push_back(discounted_return(dataset, range, discount));
  return all;
}

/// For each transition t of a trajectory of length T, Σ_{k=t}^{T−1} γ^{k−t} r_k (1×N), summed in double. What would
/// have followed a timeout is not counted.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Row<Scalar> returns_to_go(const Transitions<Scalar, Actions, Observations>& dataset, double discount) {
  Row<Scalar> all(dataset.size());
  for (const TrajectoryRange& range : trajectories(dataset))
    detail::accumulate_backward(dataset, range, discount,
                                [&](Index row, double sum) { all(row) = static_cast<Scalar>(sum); });
  return all;
}

}  // namespace holdfast
