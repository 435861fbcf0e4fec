/// \file
/// The runs of a study on several datasets: their table, and the cells its report is made of.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/training/csv.hpp"
#include "support/experiment.hpp"
#include "support/statistics.hpp"

namespace program {

/// One run on one dataset.
struct Result {
  std::string environment;
  std::string data;
  ValueRange attainable;
  Run run;

  /// Whether the mean predicted Q of the policy's actions, once a tenth of training is over, was ever outside what is
  /// attainable. Before that an untrained network's values say nothing.
  [[nodiscard]] bool left_range() const {
    return std::any_of(run.curve.begin(), run.curve.end(), [&](const Point& point) {
      return 10 * point.step >= run.last().step && !attainable.contains(point.diagnostics.q_policy_mean);
    });
  }
};

inline void write_results(const std::filesystem::path& file, const std::vector<Result>& results) {
  CsvWriter csv(file, {"environment", "data", "algorithm", "seed", "step", "return_mean", "return_stderr",
                       "normalized_score", "q_policy_mean", "q_policy_max", "q_data_mean", "true_q", "q_lowest",
                       "q_highest", "action_distance", "temperature"});
  for (const Result& result : results)
    for (const Point& point : result.run.curve) {
      const auto critics = [&](double value) { return result.run.has_critics ? value : std::nan(""); };
      const Diagnostics& d = point.diagnostics;
      csv.row({result.environment, result.data, result.run.algorithm, static_cast<Index>(result.run.seed), point.step,
               point.episode_return.mean, point.episode_return.standard_error, point.score, critics(d.q_policy_mean),
               critics(d.q_policy_max), critics(d.q_data_mean), point.true_q.mean, result.attainable.lowest,
               result.attainable.highest, d.action_distance, d.temperature});
    }
}

/// The runs of one cell, by seed.
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

/// The differences of two cells' scores, seed by seed; empty unless both have the same seeds.
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

inline std::string text_of(const Interval95& interval) {
  char text[48];
  if (std::isnan(interval.half_width))
    std::snprintf(text, sizeof text, "%.0f", interval.mean);
  else
    std::snprintf(text, sizeof text, "%.0f ± %.0f", interval.mean, interval.half_width);
  return text;
}

}  // namespace program
