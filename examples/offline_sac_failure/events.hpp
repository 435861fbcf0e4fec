/// \file
/// When the actions left the data, when the return fell, and what the data itself was worth.
#pragma once

#include <algorithm>
#include <iterator>

#include "holdfast/data/trajectories.hpp"
#include "offline_sac_failure/run.hpp"

namespace failure {

/// Actions have left the data where they are this many times farther from it than the data's own actions are.
inline constexpr double departure_factor = 3;
/// The return has fallen where the score is below this share of the clone's.
inline constexpr double collapse_share = 0.2;

/// The first point from `begin` on from which `holds` is true to the end.
template <class Holds>
std::optional<Index> for_good(std::vector<Point>::const_iterator begin, std::vector<Point>::const_iterator end,
                              Holds&& holds) {
  const auto last_exception =
      std::find_if_not(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), holds);
  const auto first = last_exception.base();
  return first == end ? std::nullopt : std::optional(first->step);
}

/// Completes the events of a run. Departure: the step from which the actions' distance stays above that of the data
/// for good, 0 for a policy that was never near. Collapse: the step from which, its best evaluation behind it, the
/// score stays below a fifth of the clone's for good; that of a run that was never above it is where it began to fall.
inline void find_events(Run& run, double data_distance, double clone_score) {
  const auto& curve = run.curve;
  run.departure = for_good(curve.begin(), curve.end(), [&](const Point& point) {
    return point.diagnostics.action_distance > departure_factor * data_distance;
  });
  const auto best =
      std::max_element(curve.begin(), curve.end(), [](const Point& a, const Point& b) { return a.score < b.score; });
  run.collapse =
      for_good(best, curve.end(), [&](const Point& point) { return point.score < collapse_share * clone_score; });
}

/// The mean discounted return that the data itself, of the given trajectories, earned from its own states. A recording
/// cut off by its time limit is continued at the mean reward of its last tenth.
inline double behavior_value(const Transitions<>& dataset, const Trajectories& ranges, double discount) {
  double total = 0;
  for (const TrajectoryRange& range : ranges) {
    double value = 0;
    if (!range.terminal) {
      const Index tail = std::max<Index>((range.end - range.begin) / 10, 1);
      value = static_cast<double>(dataset.rewards.segment(range.end - tail, tail).mean()) / (1 - discount);
    }
    for (Index t = range.end; t-- > range.begin;) {
      value = static_cast<double>(dataset.rewards(t)) + discount * value;
      total += value;
    }
  }
  return total / static_cast<double>(dataset.size());
}

}  // namespace failure
