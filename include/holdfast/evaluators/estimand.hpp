/// \file
/// The estimand, which defines the rewards that count and their weights, and the trajectories that count for it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// The value to estimate, J(π) = E_π[Σ_{t < horizon} γ^t r_t], from the initial states of the data. The first reward
/// has the weight γ⁰ = 1.
///
/// With a horizon, rewards after it count for nothing, in every estimator. Without one, an episode that was cut by a
/// time-out is worth more than was recorded, and every estimator adds what a Q predicts for the rest. The two are
/// different numbers and must not be compared. (Marginalized importance sampling needs no Q for the rest.)
struct Estimand {
  double discount = 0.99;  ///< γ, in [0, 1]
  Index horizon = 0;       ///< number of steps that count; 0: all, without end

  bool operator==(const Estimand&) const = default;

  [[nodiscard]] bool infinite() const { return horizon == 0; }

  /// Throws ConfigError if the discount or the horizon is out of range.
  void validate() const {
    require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
    require(horizon >= 0, "horizon", "zero (infinite) or positive", horizon);
  }

  /// Returns a description, such as "the sum of rewards, discounted by 0.99, over 50 steps".
  [[nodiscard]] std::string text() const {
    const std::string of = discount < 1 ? message("the sum of rewards, discounted by ", discount, ", ")
                                        : std::string("the sum of rewards, undiscounted, ");
    return of + (infinite() ? "without end" : message("over ", horizon, horizon == 1 ? " step" : " steps"));
  }
};

namespace detail {

/// The largest share of episodes that may break off in the middle of the data. If they are left out, episodes that
/// ended before they could break off are counted too often, so a larger share would bias every estimate.
inline constexpr double largest_broken_share = 0.05;

/// Throws DataError if no trajectory ends with a flag, so that the ends of episodes are unknown.
inline void require_ends(const Trajectories& ranges) {
  if (std::all_of(ranges.begin(), ranges.end(), [](const auto& each) { return each.broke_off(); }))
    throw DataError(
        "terminals and timeouts: expected at least one, found none: where episodes end is not known; record them, or "
        "read the file with the number of steps that an episode has (max_episode_steps)");
}

/// Throws DataError if more than a twentieth of the episodes, and more than one, break off before the end of the data,
/// which means that they end with neither flag.
inline void require_unbroken(const Trajectories& ranges) {
  Index episodes = 0;
  Index broken = 0;
  Index first = 0;
  for (const TrajectoryRange& range : ranges) {
    episodes += !range.starts_inside;
    if (range.broke_off() && range.end != ranges.back().end && broken++ == 0) first = range.end - 1;
  }
  if (broken <= 1 || static_cast<double>(broken) <= largest_broken_share * static_cast<double>(episodes)) return;
  const bool timeouts_recorded =
      std::any_of(ranges.begin(), ranges.end(), [](const auto& each) { return each.timeout; });
  if (timeouts_recorded)
    throw DataError(
        message("rows: expected each to lead to the following one until a flag ends the episode, found ", broken,
                " that do not, in ", episodes, " episodes, the first in row ", first,
                ": rows are shuffled or missing, or files were joined whose last episode is not finished; give "
                "whole episodes in the order they were recorded in, the unfinished flagged as time-outs"));
  throw DataError(message("timeouts: expected a flag wherever an episode is cut, found ", broken, " of ", episodes,
                          " episodes that end with neither terminal nor timeout, the first in row ", first,
                          "; record timeouts, or read the file with the number of steps that an episode has "
                          "(max_episode_steps)"));
}

/// Throws DataError if the trajectory is longer than the horizon.
inline void require_within_horizon(const TrajectoryRange& range, const Estimand& estimand) {
  if (!estimand.infinite() && range.size() > estimand.horizon)
    throw DataError(message("trajectories: expected at most ", estimand.horizon, " steps, the horizon, found ",
                            range.size(), " from row ", range.begin, "; cut them (holdfast::within_horizon)"));
}

/// Returns the number of steps that count from each step on, itself included, 1×N. Without a horizon it is 1 for all
/// steps. Throws like `require_within_horizon`.
inline Row<Index> steps_left(const Trajectories& ranges, const Estimand& estimand) {
  Row<Index> left = Row<Index>::Ones(ranges.transitions());
  if (estimand.infinite()) return left;
  for (const TrajectoryRange& range : ranges) {
    require_within_horizon(range, estimand);
    for (Index t = 0; t < range.size(); ++t) left(range.begin + t) = estimand.horizon - t;
  }
  return left;
}

}  // namespace detail

/// Returns the number of steps after which the recording cut its episodes: the length that all trajectories ending in a
/// time-out share. Returns 0 if there are none, so that every episode ended by itself. Trajectories that break off (end
/// with neither flag) or begin inside an episode do not determine the length.
///
/// Throws DataError if the lengths differ, a trajectory is longer than this length, no trajectory ends with a flag, or
/// too many break off (see `within_horizon`).
[[nodiscard]] inline Index recorded_horizon(const Trajectories& ranges) {
  detail::require_ends(ranges);
  detail::require_unbroken(ranges);
  Index horizon = 0;
  for (const TrajectoryRange& range : ranges) {
    if (!range.timeout || range.terminal || range.starts_inside) continue;
    if (horizon != 0 && range.size() != horizon)
      throw DataError(message("timeouts: expected all after the same number of steps, found one after ", horizon,
                              " and one after ", range.size(), ", in row ", range.end - 1,
                              ": the recording has no one horizon; ask for that of the shorter, or for infinite"));
    horizon = range.size();
  }
  for (const TrajectoryRange& range : ranges)
    if (horizon > 0 && range.size() > horizon)
      throw DataError(message("timeouts: expected one after ", horizon, " steps of every episode, as the others come, ",
                              "found a trajectory of ", range.size(), " from row ", range.begin,
                              ": where it was cut is not recorded; record it, or ask for a number of steps"));
  return horizon;
}

/// Returns the same for the `trajectories` of a dataset.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Index recorded_horizon(const Transitions<Scalar, Actions, Observations>& dataset) {
  return recorded_horizon(trajectories(dataset));
}

/// The trajectories of a dataset that count for an estimand.
template <class Data>
struct WithinHorizon {
  Episodes<Data> episodes;  ///< whole trajectories, cut at the horizon by a time-out
  /// Number of trajectories left out because they broke off (ended with neither flag) before the horizon.
  Index dropped = 0;
  Index behind_gaps = 0;  ///< number of transitions left out because they may begin inside an episode
};

/// Returns the trajectories of `dataset`, given by `ranges`, each cut at the horizon. A trajectory that breaks off
/// (ends with neither flag) before the horizon is left out. For one at the end of a file this matters little. If many
/// are left out, trajectories that ended before they could break off are counted too often. Without a horizon, a
/// trajectory that breaks off counts as ended by a time-out. The trajectory that follows it in the data may begin
/// inside an episode, not in an initial state, and is left out.
///
/// With a horizon, the successor of a trajectory's last step is not needed. In a file without next observations, the
/// successor of a time-out is unknown, and read_d4rl drops that transition. For such a file, either use a horizon of
/// one step less, or pass all rows from read_recording, with LinearFqe's known_after_timeouts set to false;
/// marginalized importance sampling cannot use these.
///
/// Throws ConfigError if the estimand is out of range. Throws DataError if
///   - the ranges do not cover the dataset,
///   - a time-out comes before the horizon,
///   - no trajectory is left,
///   - no trajectory ends with a flag,
///   - more than one episode and more than a twentieth of them break off in the middle of the data, for example because
///     its rows are shuffled, or
///   - the estimand has neither a horizon nor a discount below 1 and a trajectory was cut, because its value need not
///     exist.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] auto within_horizon(const Transitions<Scalar, Actions, Observations>& dataset, const Trajectories& ranges,
                                  const Estimand& estimand)
    -> WithinHorizon<Transitions<Scalar, Actions, Observations>> {
  estimand.validate();
  ranges.check_covers(dataset.size());
  detail::require_ends(ranges);
  detail::require_unbroken(ranges);
  std::vector<Index> rows;
  std::vector<TrajectoryRange> kept;
  Index dropped = 0;
  Index behind_gaps = 0;
  bool behind_gap = false;
  for (const TrajectoryRange& range : ranges) {
    if (std::exchange(behind_gap, range.broke_off())) {
      behind_gaps += range.size();
      continue;
    }
    const bool too_short = !estimand.infinite() && range.size() < estimand.horizon && !range.terminal;
    if (too_short && range.timeout)
      throw DataError(message("timeouts: expected none before step ", estimand.horizon,
                              " of an episode, which is the horizon, found one after ", range.size(), ", in row ",
                              range.end - 1, "; ask for a horizon of at most ", range.size(), ", or for infinite"));
    if (too_short) {
      ++dropped;
      continue;
    }
    if (estimand.infinite() && estimand.discount == 1 && !range.terminal)
      throw DataError(message("terminals: expected every trajectory to end by itself, to be summed undiscounted and ",
                              "without end, found one that was cut after row ", range.end - 1,
                              "; give a horizon, or a discount below 1"));
    const Index end = estimand.infinite() ? range.end : std::min(range.end, range.begin + estimand.horizon);
    const auto begin = static_cast<Index>(rows.size());
    for (Index row = range.begin; row < end; ++row) rows.push_back(row);
    const bool terminal = dataset.terminals(end - 1) != 0;
    kept.push_back({begin, begin + end - range.begin, terminal, !terminal || dataset.timeouts(end - 1) != 0});
  }
  if (rows.empty())
    throw DataError(message("expected a trajectory of ", estimand.horizon, " steps, or one that ends before, found ",
                            "none; ask for a shorter horizon, or for infinite"));
  auto data = dataset.select(rows);
  for (const TrajectoryRange& range : kept)
    if (!range.terminal) data.timeouts(range.end - 1) = 1;
  return {{std::move(data), std::move(kept)}, dropped, behind_gaps};
}

/// Returns the same for the `trajectories` of the dataset.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] auto within_horizon(const Transitions<Scalar, Actions, Observations>& dataset, const Estimand& estimand) {
  return within_horizon(dataset, trajectories(dataset), estimand);
}

}  // namespace holdfast
