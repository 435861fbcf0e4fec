/// \file
/// The report on the scores, in Markdown: each cell beside the published one, and each algorithm over all datasets.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/random.hpp"
#include "studies/mujoco_scores/table.hpp"
#include "studies/support/csv_reader.hpp"
#include "studies/support/statistics.hpp"

namespace mujoco_scores {

/// A score that others have published for the same algorithm on D4RL's dataset of the same name.
struct Published {
  std::string environment;
  std::string dataset;
  std::string algorithm;
  double score = 0;
  double deviation = 0;  ///< over seeds
};

/// Reads published scores; returns none if there is no file. Throws DataError if it cannot be read.
[[nodiscard]] inline std::vector<Published> read_published(const fs::path& file) {
  std::vector<Published> rows;
  if (!fs::exists(file)) return rows;
  program::CsvReader csv(file, {"environment", "dataset", "algorithm", "score", "deviation"});
  constexpr Interval any{};
  while (csv.next())
    rows.push_back({std::string(csv.text(0)), std::string(csv.text(1)), std::string(csv.text(2)), csv.number(3, any),
                    csv.number(4, any)});
  return rows;
}

/// Returns "12.3 ± 0.4", or "12.3" without a deviation.
[[nodiscard]] inline std::string with_deviation(double mean, double deviation) {
  std::array<char, 64> text{};
  if (std::isnan(deviation))
    std::snprintf(text.data(), text.size(), "%.1f", mean);
  else
    std::snprintf(text.data(), text.size(), "%.1f ± %.1f", mean, deviation);
  return text.data();
}

/// Returns the interquartile mean: that of the middle half (Agarwal et al. 2021, "Deep reinforcement learning at the
/// edge of the statistical precipice"). A quarter of the values, rounded down, is left out at each end.
[[nodiscard]] inline double interquartile_mean(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t left_out = values.size() / 4;
  double sum = 0;
  for (std::size_t i = left_out; i < values.size() - left_out; ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - 2 * left_out);
}

/// Returns the 95 % interval of the interquartile mean by the stratified bootstrap of the same paper: 2,000 times, runs
/// are drawn anew within each of the groups.
[[nodiscard]] inline Interval interquartile_interval(const std::vector<std::vector<double>>& groups) {
  constexpr int resamples = 2000;
  Generator generator(1);
  std::vector<double> means;
  means.reserve(resamples);
  for (int r = 0; r < resamples; ++r) {
    std::vector<double> drawn;
    for (const auto& group : groups)
      for (std::size_t i = 0; i < group.size(); ++i)
        drawn.push_back(group[static_cast<std::size_t>(generator.index(static_cast<Index>(group.size())))]);
    means.push_back(interquartile_mean(std::move(drawn)));
  }
  std::sort(means.begin(), means.end());
  return {means[resamples / 40], means[resamples - 1 - resamples / 40]};
}

/// The scores of some runs.
class Report {
 public:
  Report(const std::vector<Score>& rows, std::vector<Published> published)
      : rows_(rows), published_(std::move(published)) {}

  /// Returns a table with a row for each dataset and algorithm: the mean score and its 95 % interval over seeds
  /// (Student's t), beside the published mean and standard deviation.
  [[nodiscard]] std::string cells() const {
    std::string text = "| dataset | algorithm | updates | runs | score | published |\n|---|---|---:|---:|---:|---:|\n";
    for (const auto& [environment, dataset] : datasets())
      for (const std::string& algorithm : algorithms()) {
        const std::vector<Score> runs = runs_of(environment, dataset, algorithm);
        if (runs.empty()) continue;
        const program::Interval95 interval(scores(runs));
        text += message("| ", environment, '-', dataset, " | ", algorithm, " | ", updates_of(runs), " | ", runs.size(),
                        " | ", with_deviation(interval.mean, interval.half_width), " | ",
                        published_score(environment, dataset, algorithm), " |\n");
      }
    return text;
  }

  /// Returns a table with a row for each algorithm that has runs on all datasets: the interquartile mean of all its
  /// runs.
  [[nodiscard]] std::string summary() const {
    std::string text =
        "| algorithm | datasets | runs | interquartile mean | 95 % interval |\n|---|---:|---:|---:|---:|\n";
    for (const std::string& algorithm : algorithms()) {
      std::vector<std::vector<double>> groups;
      std::vector<double> all;
      for (const auto& [environment, dataset] : datasets())
        if (const auto runs = runs_of(environment, dataset, algorithm); !runs.empty()) {
          groups.push_back(scores(runs));
          all.insert(all.end(), groups.back().begin(), groups.back().end());
        }
      if (groups.size() < datasets().size()) continue;
      std::array<char, 64> range{"–"};  // single runs tell nothing of how much they vary
      if (std::all_of(groups.begin(), groups.end(), [](const auto& group) { return group.size() > 1; })) {
        const Interval interval = interquartile_interval(groups);
        std::snprintf(range.data(), range.size(), "[%.1f, %.1f]", interval.lowest, interval.highest);
      }
      text += message("| ", algorithm, " | ", groups.size(), " | ", all.size(), " | ",
                      with_deviation(interquartile_mean(all), std::nan("")), " | ", range.data(), " |\n");
    }
    return text;
  }

 private:
  using Dataset = std::pair<std::string, std::string>;

  /// Returns all different values of `value_of(row)`, in the order of the rows.
  template <class ValueOf>
  [[nodiscard]] auto different(ValueOf&& value_of) const {
    std::vector<decltype(value_of(rows_.front()))> values;
    for (const Score& row : rows_)
      if (const auto value = value_of(row); std::find(values.begin(), values.end(), value) == values.end())
        values.push_back(value);
    return values;
  }
  [[nodiscard]] std::vector<Dataset> datasets() const {
    return different([](const Score& row) { return Dataset(row.job.environment, row.job.dataset); });
  }
  [[nodiscard]] std::vector<std::string> algorithms() const {
    return different([](const Score& row) { return row.job.algorithm; });
  }

  [[nodiscard]] std::vector<Score> runs_of(const std::string& environment, const std::string& dataset,
                                           const std::string& algorithm) const {
    std::vector<Score> runs;
    for (const Score& row : rows_)
      if (row.job.environment == environment && row.job.dataset == dataset && row.job.algorithm == algorithm)
        runs.push_back(row);
    return runs;
  }

  static std::vector<double> scores(const std::vector<Score>& runs) {
    std::vector<double> all;
    all.reserve(runs.size());
    for (const Score& run : runs) all.push_back(run.score);
    return all;
  }

  /// Returns the updates of the runs: "1000000", or "200000–1000000" if they are not the same.
  static std::string updates_of(const std::vector<Score>& runs) {
    const auto [least, most] = std::minmax_element(
        runs.begin(), runs.end(), [](const Score& a, const Score& b) { return a.updates < b.updates; });
    return least->updates == most->updates ? message(least->updates) : message(least->updates, "–", most->updates);
  }

  [[nodiscard]] std::string published_score(const std::string& environment, const std::string& dataset,
                                            const std::string& algorithm) const {
    for (const Published& row : published_)
      if (row.environment == environment && row.dataset == dataset && row.algorithm == algorithm)
        return with_deviation(row.score, row.deviation);
    return "–";
  }

  const std::vector<Score>& rows_;
  std::vector<Published> published_;
};

}  // namespace mujoco_scores
