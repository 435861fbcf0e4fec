/// \file
/// What an evaluator estimates, said before anything is estimated: which rewards count, and for how much.
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

/// J(π) = E_π[Σ_{t < horizon} γ^t r_t], from the initial states of the data. The first reward has the weight γ⁰ = 1.
///
/// With a horizon, what follows it is worth nothing, to every estimator. Without one, an episode that was cut by a
/// time-out is worth more than was recorded, and every estimator adds what a Q says of the rest: the two numbers are
/// different, and never compared. (Marginalized importance sampling goes on by itself.)
struct Estimand {
  double discount = 0.99;  ///< γ, [0, 1]
  Index horizon = 0;       ///< steps that count; 0: all, without end

  bool operator==(const Estimand&) const = default;

  [[nodiscard]] bool infinite() const { return horizon == 0; }

  /// Throws ConfigError.
  void validate() const {
    require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
    require(horizon >= 0, "horizon", "zero (infinite) or positive", horizon);
  }

  /// "the sum of rewards, discounted by 0.99, over 50 steps".
  [[nodiscard]] std::string text() const {
    const std::string of = discount < 1 ? message("the sum of rewards, discounted by ", discount, ", ")
                                        : std::string("the sum of rewards, undiscounted, ");
    return of + (infinite() ? "without end" : message("over ", horizon, horizon == 1 ? " step" : " steps"));
  }
};

namespace detail {

/// The share of episodes that may break off inside. To leave them out counts too often those that ended before they
/// could break off, so that more of them would bias every estimate.
inline constexpr double largest_broken_share = 0.05;

/// Throws DataError where it is said nowhere how an episode ended.
inline void require_ends(const Trajectories& ranges) {
  if (std::all_of(ranges.begin(), ranges.end(), [](const auto& each) { return each.broke_off(); }))
    throw DataError(
        "terminals and timeouts: expected at least one, found none: where episodes end is not known; record them, or "
        "read the file with the number of steps that an episode has (max_episode_steps)");
}

/// Throws DataError where more than a twentieth of the episodes, and more than one, break off before the end of the
/// data with neither flag.
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

/// Throws DataError where the trajectory is longer than the horizon.
inline void require_within_horizon(const TrajectoryRange& range, const Estimand& estimand) {
  if (!estimand.infinite() && range.size() > estimand.horizon)
    throw DataError(message("trajectories: expected at most ", estimand.horizon, " steps, the horizon, found ",
                            range.size(), " from row ", range.begin, "; cut them (holdfast::counted)"));
}

/// How many steps count from each step on, itself included, 1×N; 1 for all without a horizon. Throws as
/// `require_within_horizon`.
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

/// After how many steps the recording cut its episodes: the length that all time-outs share; 0 where there is none, so
/// that every episode ended by itself. An episode that broke off, with neither flag, and what begins inside one are not
/// asked.
///
/// Throws DataError where time-outs differ, a trajectory is longer than they allow, it is said nowhere how an episode
/// ended, or too many broke off (as `counted`).
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

/// The same of a dataset, of its `trajectories`.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] Index recorded_horizon(const Transitions<Scalar, Actions, Observations>& dataset) {
  return recorded_horizon(trajectories(dataset));
}

/// A dataset as an estimand counts it.
template <class Data>
struct Counted {
  Episodes<Data> episodes;  ///< whole trajectories, cut at the horizon by a time-out
  Index dropped = 0;        ///< trajectories that broke off before the horizon, with neither flag: left out
  Index behind_gaps = 0;    ///< transitions that are left out because they may begin inside an episode
};

/// The trajectories of `dataset`, which are `ranges`, each cut at the horizon. What breaks off before it for want of
/// recording is left out. That matters little for one at the end of a file; where many are left out, those that ended
/// before they could break off are counted too often. Without a horizon what breaks off counts as a time-out. What
/// follows what breaks off inside the data may begin inside an episode, in no initial state, and is left out.
///
/// With a horizon no successor of a last step is asked for. Of a file without next observations that of a time-out is
/// not known, and read_d4rl drops it: give the rows of read_recording, all of them (and LinearFqe's
/// known_after_timeouts, false; marginalized importance sampling cannot do without), or a horizon of one step less.
///
/// Throws ConfigError where the estimand is out of range, DataError where the trajectories are not the dataset's, a
/// time-out comes before the horizon, no trajectory is left, the dataset says nowhere how an episode ended, more than
/// one episode and more than a twentieth of them break off inside the data, as where its rows are shuffled, or the
/// estimand has neither a horizon nor a discount below 1, and a trajectory was cut: its value need not exist.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] auto counted(const Transitions<Scalar, Actions, Observations>& dataset, const Trajectories& ranges,
                           const Estimand& estimand) -> Counted<Transitions<Scalar, Actions, Observations>> {
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

/// The same of the dataset's `trajectories`.
template <class Scalar, class Actions, class Observations>
[[nodiscard]] auto counted(const Transitions<Scalar, Actions, Observations>& dataset, const Estimand& estimand) {
  return counted(dataset, trajectories(dataset), estimand);
}

}  // namespace holdfast
