/// \file
/// Splits a dataset into trajectories and computes their returns.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/moments.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// The transitions [begin, end) of one trajectory and why it ended. With neither flag, the recording broke off: the row
/// after it, if any, does not continue it.
struct TrajectoryRange {
  Index begin = 0;
  Index end = 0;
  bool terminal = false;
  bool timeout = false;
  /// True if it begins inside an episode, so that its first state is not an initial state. The row before it has
  /// no flag and yet does not lead to it.
  bool starts_inside = false;

  /// Returns the number of transitions.
  [[nodiscard]] Index size() const { return end - begin; }
  /// Returns whether it ends with neither flag.
  [[nodiscard]] bool broke_off() const { return !terminal && !timeout; }

  bool operator==(const TrajectoryRange&) const = default;
};

/// The n trajectories of a dataset of N transitions. Together they cover it, in order. Compute them once, with
/// `trajectories` or `recorded_trajectories`, and pass them to every function that needs the ends of episodes.
class Trajectories {
 public:
  /// Creates an empty list, for a dataset without transitions.
  Trajectories() = default;
  /// Checks and stores the ranges. Throws DataError, naming the rows, unless each range is non-empty and begins where
  /// the previous one ends, the first one in row 0.
  Trajectories(std::vector<TrajectoryRange> ranges) : ranges_(std::move(ranges)) {
    Index row = 0;
    for (const TrajectoryRange& range : ranges_) {
      if (range.begin != row || range.end <= range.begin)
        throw DataError(
            message("trajectories: expected one from row ", row, " on, found rows ", range.begin, " to ", range.end));
      row = range.end;
    }
  }

  /// Returns n, the number of trajectories.
  [[nodiscard]] Index size() const { return static_cast<Index>(ranges_.size()); }
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// Returns N, the number of transitions in all trajectories.
  [[nodiscard]] Index transitions() const { return empty() ? 0 : ranges_.back().end; }

  [[nodiscard]] const TrajectoryRange& operator[](Index i) const { return ranges_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const TrajectoryRange& front() const { return ranges_.front(); }
  [[nodiscard]] const TrajectoryRange& back() const { return ranges_.back(); }
  [[nodiscard]] auto begin() const { return ranges_.begin(); }
  [[nodiscard]] auto end() const { return ranges_.end(); }

  /// Returns the rows of the trajectories with the given numbers, one trajectory after the other.
  [[nodiscard]] std::vector<Index> rows(const std::vector<Index>& numbers) const {
    std::vector<Index> all;
    for (const Index i : numbers)
      for (Index row = (*this)[i].begin; row < (*this)[i].end; ++row) all.push_back(row);
    return all;
  }
  /// Returns the trajectories with the given numbers, with the row numbers of a dataset that has only their rows.
  [[nodiscard]] Trajectories select(const std::vector<Index>& numbers) const {
    std::vector<TrajectoryRange> chosen;
    Index row = 0;
    for (const Index i : numbers) {
      TrajectoryRange range = (*this)[i];
      range.end = row + range.size();
      range.begin = std::exchange(row, range.end);
      chosen.push_back(range);
    }
    return chosen;
  }

  /// Throws DataError unless they cover a dataset of `size` transitions.
  void check_covers(Index size) const {
    if (transitions() != size)
      throw DataError(message("trajectories: expected those of a dataset of ", size, " transitions, found some of ",
                              transitions()));
  }

  bool operator==(const Trajectories&) const = default;

 private:
  std::vector<TrajectoryRange> ranges_;
};

namespace detail {

/// Decides whether the next observation of a row is the observation of the following row. The two may differ by a
/// relative 1e-6, because numbers are rounded to float. They may also differ by a thousandth of the feature's standard
/// deviation over the dataset, as noise, half precision and running normalization cause; for learning and evaluation
/// that is the same state.
template <class Data>
class Succession {
 public:
  explicit Succession(const Data& dataset) : dataset_(dataset) {}

  [[nodiscard]] bool follows(Index row) {
    const auto differs = [&](Index feature, auto next, auto observed) {
      const auto one = static_cast<double>(next);
      const auto other = static_cast<double>(observed);
      const double distance = std::abs(one - other);
      if (distance <= 1e-6 * std::max(std::abs(one), std::abs(other))) return false;
      if (!deviations_) deviations_ = feature_moments(dataset_.observations).deviation;  // exact data skips this
      return distance > 1e-3 * (*deviations_)(feature);
    };
    return !any_feature(dataset_.next_observations, row, dataset_.observations, row + 1, differs);
  }

 private:
  const Data& dataset_;
  std::optional<Vector<double>> deviations_;
};

/// Splits the rows after each recorded end, after the last row, and after each row for which `breaks_after(row)` is
/// true.
template <class Scalar, class Actions, class Observations, class BreaksAfter>
Trajectories split(const Transitions<Scalar, Actions, Observations>& dataset, BreaksAfter&& breaks_after) {
  const bool ends_recorded = (dataset.timeouts != 0).any();
  std::vector<TrajectoryRange> ranges;
  Index begin = 0;
  bool inside = false;
  for (Index row = 0; row < dataset.size(); ++row) {
    const bool flagged = dataset.terminals(row) || dataset.timeouts(row);
    if (!flagged && row + 1 < dataset.size() && !breaks_after(row)) continue;
    ranges.push_back({begin, row + 1, dataset.terminals(row) != 0, dataset.timeouts(row) != 0, inside});
    begin = row + 1;
    inside = !flagged && ends_recorded;
  }
  return ranges;
}

/// Computes the discounted sum of rewards from each transition of `range` to its end, and calls `visit(row, sum)` from
/// the last transition to the first.
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

/// Returns the trajectories of a dataset. A trajectory ends at a terminal, at a timeout, at the end of the dataset, and
/// at a row whose next observation differs from the observation of the following row, by more than a relative 1e-6 and
/// more than a thousandth of the feature's standard deviation. This compares all features of all rows, so call it once.
///
/// Recorded flags are trusted. If the dataset records timeouts, a row that does not continue the previous one marks a
/// gap inside an episode, left by rows that were removed or shuffled; the trajectory after the gap `starts_inside`. If
/// the dataset records no timeouts, such a row is taken as the start of a new episode, because the previous one was cut
/// short.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Trajectories trajectories(const Transitions<Scalar, Actions, Observations>& dataset) {
  detail::Succession succession(dataset);
  return detail::split(dataset, [&](Index row) { return !succession.follows(row); });
}

/// Returns the trajectories of a dataset in which every end is recorded by a terminal, a timeout or the end of the
/// dataset, such as the result of `within_horizon`. Observations are not compared.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Trajectories recorded_trajectories(const Transitions<Scalar, Actions, Observations>& dataset) {
  return detail::split(dataset, [](Index) { return false; });
}

/// A dataset of whole episodes and its trajectories, as evaluators take it.
template <class Data>
struct Episodes {
  Data data;
  Trajectories trajectories;

  /// Stores the data and its `recorded_trajectories`.
  explicit Episodes(Data rows) : data(std::move(rows)), trajectories(recorded_trajectories(data)) {}
  /// Stores both. Throws DataError unless the trajectories cover the data.
  Episodes(Data rows, Trajectories ranges) : data(std::move(rows)), trajectories(std::move(ranges)) {
    trajectories.check_covers(data.size());
  }

  /// Returns N, the number of transitions.
  [[nodiscard]] Index size() const { return data.size(); }
  /// Returns only the episodes with the given numbers, one after the other.
  [[nodiscard]] Episodes select(const std::vector<Index>& numbers) const {
    return {data.select(trajectories.rows(numbers)), trajectories.select(numbers)};
  }
};

/// Returns Σ_t γ^t r_t over one trajectory, γ = `discount`. Rewards after a timeout are unknown and not included.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] double discounted_return(const Transitions<Scalar, Actions, Observations>& dataset,
                                       const TrajectoryRange& range, double discount) {
  double total = 0;
  detail::accumulate_backward(dataset, range, discount, [&](Index, double sum) { total = sum; });
  return total;
}

/// Returns the return of each trajectory, in order; undiscounted by default.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] std::vector<double> returns(const Transitions<Scalar, Actions, Observations>& dataset,
                                          double discount = 1) {
  std::vector<double> all;
  for (const TrajectoryRange& range : trajectories(dataset)) all.push_back(discounted_return(dataset, range, discount));
  return all;
}

/// Returns the return-to-go of each transition (1×N): Σ_{k=t}^{T−1} γ^{k−t} r_k for transition t of a trajectory of
/// length T, summed in double. Rewards after a timeout are unknown and not included.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Row<Scalar> returns_to_go(const Transitions<Scalar, Actions, Observations>& dataset, double discount) {
  Row<Scalar> all(dataset.size());
  for (const TrajectoryRange& range : trajectories(dataset))
    detail::accumulate_backward(dataset, range, discount,
                                [&](Index row, double sum) { all(row) = static_cast<Scalar>(sum); });
  return all;
}

/// Returns a lower bound of what follows each transition, 1×N: what the data earned from it to the end of its
/// trajectory and, where that was cut before a terminal, the least that can follow: the lowest reward of the data, if
/// it is negative, for ever. A penalty that keeps values above these (Cal-QL) then keeps none too high. With rewards of
/// −1 until a goal it is −1/(1 − γ) for a trajectory that does not get there, as Cal-QL's authors have it; without
/// negative rewards it is `returns_to_go`. `discount` is in [0, 1].
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Row<Scalar> lowest_returns_to_go(const Transitions<Scalar, Actions, Observations>& dataset,
                                               double discount) {
  constexpr auto lowest = static_cast<double>(std::numeric_limits<Scalar>::lowest());
  if (dataset.size() == 0) return {};
  const double least = std::min(0.0, static_cast<double>(dataset.rewards.minCoeff()));
  const double for_ever = least == 0 ? 0 : discount < 1 ? least / (1 - discount) : lowest;
  Row<Scalar> all(dataset.size());
  for (const TrajectoryRange& range : trajectories(dataset)) {
    double rest = range.terminal ? 0 : for_ever;
    for (Index row = range.end - 1; row >= range.begin; --row) {
      rest = std::max(lowest, static_cast<double>(dataset.rewards(row)) + discount * rest);
      all(row) = static_cast<Scalar>(rest);
    }
  }
  return all;
}

}  // namespace holdfast
