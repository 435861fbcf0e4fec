/// \file
/// Summarizes a dataset in numbers: episodes, returns, rewards, and each feature of observations and actions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/action_limit.hpp"
#include "holdfast/data/moments.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// The distribution of a set of numbers. All members are zero for an empty set.
struct Distribution {
  static constexpr std::array<double, 5> quantile_levels{0.05, 0.25, 0.5, 0.75, 0.95};

  double mean = 0;
  double deviation = 0;  ///< standard deviation of the population (divided by N)
  double lowest = 0;
  double highest = 0;
  std::array<double, 5> quantiles{};  ///< at quantile_levels, interpolated linearly between neighbors

  /// Returns the distribution of the given numbers, which must be finite.
  [[nodiscard]] static Distribution of(std::vector<double> numbers);
};

/// Statistics of one feature of the observations.
struct FeatureSummary {
  double mean = 0;
  double deviation = 0;  ///< standard deviation of the population (divided by N)
  double lowest = 0;
  double highest = 0;
};

/// Statistics of one feature of the actions, relative to the interval [−limit, limit].
struct ActionSummary {
  double mean = 0;
  double deviation = 0;
  double lowest = 0;
  double highest = 0;
  double coverage = 0;       ///< share of the equal bins of [−limit, limit] that contain an action
  double border_share = 0;   ///< share of the actions on ±limit: magnitude from limit (1 − 1e-6) to limit (1 + 1e-6)
  double outside_share = 0;  ///< share of the actions beyond limit (1 + 1e-6)
};

/// Options of `summarize`.
struct SummaryOptions {
  double action_limit = 1;  ///< actions should lie in [−limit, limit]; finite and positive
  Index coverage_bins = 20;
  bool next_observations_recorded = true;  ///< false if they are the observations of the following rows

  /// Throws ConfigError if an option is out of range.
  void validate() const {
    require(std::isfinite(action_limit) && action_limit > 0, "action_limit", "finite and positive", action_limit);
    require(coverage_bins > 0, "coverage_bins", "positive", coverage_bins);
  }
};

/// A summary of a dataset. Episodes are the trajectories that do not start inside an episode (see `trajectories`); an
/// episode with a gap counts only up to the gap. Returns are undiscounted.
struct DatasetSummary {
  Index transitions = 0;
  Index episodes = 0;
  Index terminals = 0;    ///< transitions flagged as terminal
  Index timeouts = 0;     ///< transitions flagged as timeout
  Index unfinished = 0;   ///< episodes that end with neither flag, because the recording broke off
  Index breaks = 0;       ///< rows before the last that do not lead to the following row, with neither flag
  Index first_break = 0;  ///< the first such row
  bool next_observations_recorded = true;  ///< the option in SummaryOptions
  Index observation_size = 0;
  Index action_size = 0;                     ///< features of an action, or the number of actions of a finite action set
  double action_limit = 1;                   ///< the option in SummaryOptions
  Distribution returns;                      ///< over episodes
  Distribution lengths;                      ///< over episodes, in transitions
  Distribution rewards;                      ///< over transitions
  std::vector<FeatureSummary> observations;  ///< one per feature
  std::vector<ActionSummary> actions;        ///< one per feature; empty for a finite action set
  std::vector<Index> action_counts;  ///< how often each action of a finite set was taken; empty for continuous actions
  bool one_hot = false;              ///< true for a finite action set if all observations are unit vectors (states)
  bool has_action_log_probs = false;
  Distribution action_log_probs;  ///< over transitions; all zero if not recorded
};

inline Distribution Distribution::of(std::vector<double> numbers) {
  Distribution all;
  if (numbers.empty()) return all;
  std::sort(numbers.begin(), numbers.end());
  const auto values = Eigen::Map<const Row<double>>(numbers.data(), static_cast<Index>(numbers.size()));
  all.mean = values.mean();
  all.deviation = std::sqrt((values - all.mean).square().mean());
  all.lowest = numbers.front();
  all.highest = numbers.back();
  for (std::size_t level = 0; level < quantile_levels.size(); ++level) {
    const double position = quantile_levels[level] * static_cast<double>(numbers.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, numbers.size() - 1);
    all.quantiles[level] = std::lerp(numbers[below], numbers[above], position - static_cast<double>(below));
  }
  return all;
}

namespace detail {

/// Returns the numbers of a row in double.
template <class Scalar>
std::vector<double> as_doubles(const Row<Scalar>& row) {
  std::vector<double> numbers(static_cast<std::size_t>(row.size()));
  for (Index i = 0; i < row.size(); ++i) numbers[static_cast<std::size_t>(i)] = static_cast<double>(row(i));
  return numbers;
}

/// Returns mean, deviation and range of each row of `matrix` (features × samples, at least one sample), summed in
/// double.
template <class Summary, class Scalar>
std::vector<Summary> summarize_features(const Matrix<Scalar>& matrix) {
  const auto [mean, deviation] = feature_moments(matrix);
  const Vector<Scalar> lowest = matrix.rowwise().minCoeff();
  const Vector<Scalar> highest = matrix.rowwise().maxCoeff();
  std::vector<Summary> features(static_cast<std::size_t>(matrix.rows()));
  for (Index i = 0; i < matrix.rows(); ++i) {
    Summary& feature = features[static_cast<std::size_t>(i)];
    feature.mean = mean(i);
    feature.deviation = deviation(i);
    feature.lowest = static_cast<double>(lowest(i));
    feature.highest = static_cast<double>(highest(i));
  }
  return features;
}

/// Fills in the members that only actions have: coverage, and the shares on and beyond the limit.
template <class Scalar>
void summarize_borders(const Matrix<Scalar>& actions, const SummaryOptions& options,
                       std::vector<ActionSummary>& features) {
  const double limit = options.action_limit;
  const auto border =
      static_cast<double>(static_cast<Scalar>(limit * (1 - limit_tolerance)));  // rounded as clipped actions are
  const auto bins = static_cast<double>(options.coverage_bins);
  const double share = 1 / static_cast<double>(actions.cols());
  for (Index i = 0; i < actions.rows(); ++i) {
    std::vector<bool> occupied(static_cast<std::size_t>(options.coverage_bins));
    Index on = 0;
    Index outside = 0;
    for (Index row = 0; row < actions.cols(); ++row) {
      const auto action = static_cast<double>(actions(i, row));
      if (outside_limit(action, limit)) {
        ++outside;
        continue;
      }
      on += std::abs(action) >= border;
      occupied[static_cast<std::size_t>(std::clamp((action / limit + 1) / 2 * bins, 0.0, bins - 1))] = true;
    }
    ActionSummary& feature = features[static_cast<std::size_t>(i)];
    feature.border_share = static_cast<double>(on) * share;
    feature.outside_share = static_cast<double>(outside) * share;
    feature.coverage = static_cast<double>(std::count(occupied.begin(), occupied.end(), true)) / bins;
  }
}

/// Returns how often each action of [0, count) was taken. Throws DataError if `count` exceeds 2²⁴, because a mistaken
/// count could use up all memory.
inline std::vector<Index> count_actions(const ActionIndices& actions, Index count) {
  constexpr Index most = Index{1} << 24;
  if (count > most)
    throw DataError(message("action_count: expected at most ", most, " actions, each to be counted, found ", count,
                            "; set it to how many there are"));
  std::vector<Index> counts(static_cast<std::size_t>(count));
  for (const Index action : actions) ++counts[static_cast<std::size_t>(action)];
  return counts;
}

/// Returns the summary of valid data with valid options; see `summarize`.
template <class Scalar, class Actions>
[[nodiscard]] DatasetSummary summarize_valid(const Transitions<Scalar, Actions>& data, const Trajectories& ranges,
                                             const SummaryOptions& options) {
  ranges.check_covers(data.size());
  DatasetSummary summary;
  summary.transitions = data.size();
  summary.terminals = (data.terminals != 0).count();
  summary.timeouts = (data.timeouts != 0).count();
  summary.observation_size = data.observation_size();
  summary.action_size = data.action_size();
  summary.action_limit = options.action_limit;
  summary.next_observations_recorded = options.next_observations_recorded;
  std::vector<double> episode_returns;
  std::vector<double> lengths;
  for (const TrajectoryRange& range : ranges) {
    if (range.broke_off() && range.end < data.size() && summary.breaks++ == 0) summary.first_break = range.end - 1;
    if (range.starts_inside) continue;
    ++summary.episodes;
    summary.unfinished += range.broke_off();
    episode_returns.push_back(discounted_return(data, range, 1));
    lengths.push_back(static_cast<double>(range.size()));
  }
  summary.returns = Distribution::of(std::move(episode_returns));
  summary.lengths = Distribution::of(std::move(lengths));
  summary.rewards = Distribution::of(as_doubles(data.rewards));
  summary.observations = summarize_features<FeatureSummary>(data.observations);
  if constexpr (FiniteActions<Actions>) {
    summary.action_counts = count_actions(data.actions, data.action_count);
    summary.one_hot = is_one_hot(data.observations);
  } else {
    summary.actions = summarize_features<ActionSummary>(data.actions);
    summarize_borders(data.actions, options, summary.actions);
  }
  summary.has_action_log_probs = data.has_action_log_probs();
  summary.action_log_probs = Distribution::of(as_doubles(data.action_log_probs));
  return summary;
}

}  // namespace detail

/// Summarizes a dataset with dense observations, whose `trajectories` are `ranges`. Throws DataError if the dataset is
/// not valid (Transitions::validate), if the trajectories are not its own, or if it has more than 2²⁴ finite actions.
/// Throws ConfigError if an option is out of range.
template <class Scalar, class Actions>
[[nodiscard]] DatasetSummary summarize(const Transitions<Scalar, Actions>& data, const Trajectories& ranges,
                                       const SummaryOptions& options = {}) {
  options.validate();
  data.validate();
  return detail::summarize_valid(data, ranges, options);
}

/// Summarizes a dataset and computes its `trajectories`. Throws the same errors.
template <class Scalar, class Actions>
[[nodiscard]] DatasetSummary summarize(const Transitions<Scalar, Actions>& data, const SummaryOptions& options = {}) {
  options.validate();
  data.validate();  // `trajectories` compares rows, which needs valid data
  return detail::summarize_valid(data, trajectories(data), options);
}

}  // namespace holdfast
