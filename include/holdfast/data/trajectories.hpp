/// \file
/// Where trajectories begin and end in a dataset, and what they return.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/moments.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// Transitions [begin, end) of one trajectory, and why it ended. With neither flag the recording broke off: the row
/// behind it is no successor, or there is none.
struct TrajectoryRange {
  Index begin = 0;
  Index end = 0;
  bool terminal = false;
  bool timeout = false;
  /// Whether it begins inside an episode, so that its first state is no initial one: the rows before it, back to the
  /// last end that is recorded, do not lead to it.
  bool starts_inside = false;

  /// Number of transitions.
  [[nodiscard]] Index size() const { return end - begin; }
  /// Whether it ends with neither flag.
  [[nodiscard]] bool broke_off() const { return !terminal && !timeout; }

  bool operator==(const TrajectoryRange&) const = default;
};

/// The n trajectories of a dataset of N transitions: one after the other they cover it. They are computed once, by
/// `trajectories` or `recorded_trajectories`, and handed to all that ask where episodes end.
class Trajectories {
 public:
  /// None, of no transitions.
  Trajectories() = default;
  /// Throws DataError, naming the rows, unless each range has transitions, and begins where the one before it ends, the
  /// first in row 0.
  Trajectories(std::vector<TrajectoryRange> ranges) : ranges_(std::move(ranges)) {
    Index row = 0;
    for (const TrajectoryRange& range : ranges_) {
      if (range.begin != row || range.end <= range.begin)
        throw DataError(
            message("trajectories: expected one from row ", row, " on, found rows ", range.begin, " to ", range.end));
      row = range.end;
    }
  }

  /// n.
  [[nodiscard]] Index size() const { return static_cast<Index>(ranges_.size()); }
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// N, how many transitions there are in all.
  [[nodiscard]] Index transitions() const { return empty() ? 0 : ranges_.back().end; }

  [[nodiscard]] const TrajectoryRange& operator[](Index i) const { return ranges_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const TrajectoryRange& front() const { return ranges_.front(); }
  [[nodiscard]] const TrajectoryRange& back() const { return ranges_.back(); }
  [[nodiscard]] auto begin() const { return ranges_.begin(); }
  [[nodiscard]] auto end() const { return ranges_.end(); }

  /// The rows of the trajectories of those numbers, one trajectory after the other.
  [[nodiscard]] std::vector<Index> rows(const std::vector<Index>& numbers) const {
    std::vector<Index> all;
    for (const Index i : numbers)
      for (Index row = (*this)[i].begin; row < (*this)[i].end; ++row) all.push_back(row);
    return all;
  }
  /// The trajectories of those numbers as they stand in a dataset of their rows alone.
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

  /// Throws DataError unless they cover a dataset of so many transitions.
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

/// Tells whether the next observation of a row is the observation of the following one. The two may differ by a
/// millionth of their size, as numbers rounded to float do, and by a thousandth of the feature's standard deviation
/// over the dataset, as noise, half precision and running normalization make them differ: to learn and to evaluate,
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
      if (!deviations_) deviations_ = feature_moments(dataset_.observations).deviation;  // exact data never asks
      return distance > 1e-3 * (*deviations_)(feature);
    };
    return !any_feature(dataset_.next_observations, row, dataset_.observations, row + 1, differs);
  }

 private:
  const Data& dataset_;
  std::optional<Vector<double>> deviations_;
};

/// Splits rows behind each recorded end, behind the last row, and where `breaks_after(row)` says so.
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

/// The trajectories of a dataset. One ends at a terminal, at a timeout, at the end of
/// the dataset, and where the next observation is not that of the following row: not within a millionth of its size,
/// nor within a thousandth of the feature's standard deviation. All features of all rows are compared: ask once.
///
/// Recorded flags are the truth about where episodes end. Where the dataset records timeouts, a row that does not
/// follow the one before it is a gap in an episode, as rows that were removed or shuffled leave it, and what comes
/// behind it `starts_inside`. Where it records none, such a place is taken for the end of an episode that was cut.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Trajectories trajectories(const Transitions<Scalar, Actions, Observations>& dataset) {
  detail::Succession succession(dataset);
  return detail::split(dataset, [&](Index row) { return !succession.follows(row); });
}

/// The trajectories of a dataset of which every end is recorded, by a terminal, a timeout or the end of the dataset, as
/// `counted` returns it; observations are not compared.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Trajectories recorded_trajectories(const Transitions<Scalar, Actions, Observations>& dataset) {
  return detail::split(dataset, [](Index) { return false; });
}

/// A dataset of whole episodes, and the trajectories that these are: what evaluators are given.
template <class Data>
struct Episodes {
  Data data;
  Trajectories trajectories;

  /// Keeps the trajectories whose ends are recorded (`recorded_trajectories`).
  explicit Episodes(Data rows) : data(std::move(rows)), trajectories(recorded_trajectories(data)) {}
  /// Throws DataError unless the trajectories cover as many transitions.
  Episodes(Data rows, Trajectories ranges) : data(std::move(rows)), trajectories(std::move(ranges)) {
    trajectories.check_covers(data.size());
  }

  /// N, the number of transitions.
  [[nodiscard]] Index size() const { return data.size(); }
  /// The episodes of those numbers alone, one after the other.
  [[nodiscard]] Episodes select(const std::vector<Index>& numbers) const {
    return {data.select(trajectories.rows(numbers)), trajectories.select(numbers)};
  }
};

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
