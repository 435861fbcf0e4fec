/// \file
/// The results of a study on several datasets: their table, and the cells of its report.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/support/experiment.hpp"
#include "studies/support/statistics.hpp"

namespace program {

/// One run on one dataset.
struct Result {
  std::string environment;
  std::string data;
  Interval attainable;
  Run run;

  /// Returns whether the mean predicted Q of the policy's actions, after the first tenth of training, was ever outside
  /// the attainable range, or infinite. Before that, an untrained network's values mean nothing. False without critics.
  [[nodiscard]] bool left_range() const {
    if (!run.has_critics) return false;
    return run.stopped || std::any_of(run.curve.begin(), run.curve.end(), [&](const Point& point) {
             return 10 * point.step >= run.last().step && !attainable.contains(point.diagnostics.q_policy_mean);
           });
  }
};

inline void write_results(const std::filesystem::path& file, const std::vector<Result>& results) {
  CsvWriter csv(file, {"environment", "data", "algorithm", "seed", "step", "return_mean", "return_stderr",
                       "normalized_score", "q_policy_mean", "q_policy_max", "q_data_mean", "true_q", "q_lowest",
                       "q_highest", "action_distance", "temperature", "stopped_step"});
  for (const Result& result : results)
    for (const Point& point : result.run.curve) {
      const auto critics = [&](double value) { return result.run.has_critics ? value : std::nan(""); };
      const Diagnostics& d = point.diagnostics;
      csv.row({result.environment, result.data, result.run.algorithm, static_cast<Index>(result.run.seed), point.step,
               point.episode_return.mean, point.episode_return.standard_error, point.score, critics(d.q_policy_mean),
               critics(d.q_policy_max), critics(d.q_data_mean), point.true_q.mean, result.attainable.lowest,
               result.attainable.highest, d.action_distance, d.temperature, result.run.stopped});
    }
}

/// Returns the runs of one cell, by seed.
inline std::vector<const Result*> cell(const std::vector<Result>& results, const std::string& environment,
                                       const std::string& data, const std::string& algorithm) {
  std::vector<const Result*> found;
  for (const Result& result : results)
    if (result.environment == environment && result.data == data && result.run.algorithm == algorithm)
      found.push_back(&result);
  return found;
}

inline std::vector<double> scores(const std::vector<const Result*>& runs) {
  std::vector<double> all;
  all.reserve(runs.size());
  for (const Result* result : runs) all.push_back(result->run.last().score);
  return all;
}

/// Returns the differences of two cells' scores, seed by seed; empty unless both have the same seeds.
inline std::vector<double> paired_differences(const std::vector<const Result*>& runs,
                                              const std::vector<const Result*>& baseline) {
  std::vector<double> differences;
  if (runs.size() != baseline.size()) return differences;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i]->run.seed != baseline[i]->run.seed) return {};
    differences.push_back(runs[i]->run.last().score - baseline[i]->run.last().score);
  }
  return differences;
}

/// Returns how many of the runs diverged to infinity.
inline std::ptrdiff_t stopped(const std::vector<const Result*>& runs) {
  return std::count_if(runs.begin(), runs.end(), [](const Result* result) { return result->run.stopped.has_value(); });
}

inline bool any_stopped(const std::vector<Result>& results) {
  return std::any_of(results.begin(), results.end(), [](const Result& result) { return result.run.stopped; });
}

/// Returns the mark " ‡n" of a cell in which n runs diverged to infinity; empty if none did.
inline std::string stopped_mark(const std::vector<const Result*>& runs) {
  return stopped(runs) == 0 ? "" : message(" ‡", stopped(runs));
}

/// The legend of the mark.
constexpr const char* stopped_legend =
    "‡n: n runs diverged to infinity; they count with their last finite evaluation, and their cell is compared with "
    "none";

/// Returns whether the scores exceed those of the baseline by more than the 95 % interval of the differences, seed by
/// seed. False for cells that cannot be compared: with a single seed, different seeds, or a run that diverged to
/// infinity.
inline bool exceeds(const std::vector<const Result*>& runs, const std::vector<const Result*>& baseline) {
  if (stopped(runs) > 0 || stopped(baseline) > 0) return false;
  const Interval95 difference(paired_differences(runs, baseline));
  return difference.mean > difference.half_width;
}

/// Returns "12 ± 3", "12" if there is no interval, or "–" if there is no mean.
inline std::string text_of(const Interval95& interval) {
  if (std::isnan(interval.mean)) return "–";
  char text[48];
  if (std::isnan(interval.half_width))
    std::snprintf(text, sizeof text, "%.0f", interval.mean);
  else
    std::snprintf(text, sizeof text, "%.0f ± %.0f", interval.mean, interval.half_width);
  return text;
}

}  // namespace program
