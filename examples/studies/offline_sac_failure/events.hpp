/// \file
/// The events of a run, when the actions left the data, the return fell and Q passed its true value, and the value of
/// the data itself.
#pragma once

#include <algorithm>
#include <iterator>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/training/departure.hpp"
#include "studies/offline_sac_failure/run.hpp"

namespace failure {

/// The return has fallen if the score is below this share of the clone's.
inline constexpr double collapse_share = 0.2;

/// Returns the step of the first point from which on `holds` is true to the end; nothing if there is none.
template <class Holds>
std::optional<Index> for_good(std::vector<Point>::const_iterator begin, std::vector<Point>::const_iterator end,
                              Holds&& holds) {
  const auto last_exception =
      std::find_if_not(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), holds);
  const auto first = last_exception.base();
  return first == end ? std::nullopt : std::optional(first->step);
}

/// Sets the events of a run. Departure is the step from which on the actions stay outside the data, as `departure`,
/// which has observed nothing yet, sees it; it is 0 for a policy that was never near. Collapse is the step, at or after
/// the best evaluation, from which on the score stays below a fifth of the clone's. For a run that was never above this
/// share, it is where the score began to fall. Overestimation is the step from which on the predicted Q stays above the
/// true one by more than two standard errors of that; for a run that diverged, the end at the latest.
inline void find_events(Run& run, DepartureDetector departure, double clone_score) {
  const auto& curve = run.curve;
  for (const Point& point : curve) departure.observe(point.step, point.diagnostics.action_distance);
  run.departure = departure.departure_step();
  const auto best =
      std::max_element(curve.begin(), curve.end(), [](const Point& a, const Point& b) { return a.score < b.score; });
  run.collapse =
      for_good(best, curve.end(), [&](const Point& point) { return point.score < collapse_share * clone_score; });
  if (!run.has_critics) return;
  run.overestimation = for_good(curve.begin(), curve.end(), [](const Point& point) {
    return point.diagnostics.q_policy_mean > point.true_q.mean + 2 * point.true_q.standard_error;
  });
  if (!run.overestimation) run.overestimation = run.stopped;
}

/// Returns the mean discounted return that the data itself earned from its own states, over the given trajectories. A
/// trajectory that was cut is continued with the mean reward of its last tenth.
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
