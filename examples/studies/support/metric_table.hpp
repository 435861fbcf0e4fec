/// \file
/// MetricTable: a table of figures by run, in a file with which a stopped study goes on.
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/whole_file.hpp"
#include "studies/support/csv_reader.hpp"

namespace program {

/// Identifies a run by the part of the study, the data, the learner, its seed and its number of updates.
struct RunName {
  std::string part;
  std::string dataset;
  std::string algorithm;
  holdfast::Index seed = 0;
  holdfast::Index updates = 0;

  friend bool operator==(const RunName&, const RunName&) = default;
};

/// One figure of a run.
struct Metric {
  std::string name;
  double value = 0;
};

/// A run with its figures. NaN stands for a figure that it does not have.
struct MeasuredRun {
  RunName name;
  std::vector<Metric> metrics{};
};

/// The figures of the runs of a study, one line each: part, dataset, algorithm, seed, metric, value. The first metric
/// of a run is its number of updates. The file is replaced as a whole whenever a run is finished. Its lines are in the
/// order of the plan, whatever the number of threads; runs that were in the file and are not planned come after them.
class MetricTable {
 public:
  /// Reads the runs that are there if `resume`; otherwise begins with none. Throws DataError if the file cannot be
  /// read.
  explicit MetricTable(std::filesystem::path file, bool resume = true) : file_(std::move(file)) {
    if (!resume || !std::filesystem::exists(file_) || std::filesystem::is_empty(file_)) return;
    CsvReader csv(file_, {"part", "dataset", "algorithm", "seed", "metric", "value"});
    constexpr holdfast::Index most = std::numeric_limits<holdfast::Index>::max();
    while (csv.next()) {
      if (csv.text(4) == updates) {
        runs_.push_back({{std::string(csv.text(0)), std::string(csv.text(1)), std::string(csv.text(2)),
                          csv.whole(3, 0, most), csv.whole(5, 0, most)}});
        continue;
      }
      if (runs_.empty()) csv.refuse(holdfast::message("the metric ", updates, " of a run first"), "another");
      const double value = csv.text(5).empty() ? std::nan("") : csv.number(5, holdfast::Interval{});
      runs_.back().metrics.push_back({std::string(csv.text(4)), value});
    }
  }

  /// Plans runs. Returns the numbers of those that have no figures yet.
  [[nodiscard]] std::vector<std::size_t> plan(const std::vector<RunName>& names) {
    std::vector<MeasuredRun> ordered;
    std::vector<std::size_t> open;
    for (const RunName& name : names) {
      const auto found = find(name);
      if (found == runs_.end() || found->metrics.empty()) open.push_back(ordered.size());
      ordered.push_back(found == runs_.end() ? MeasuredRun{name} : *found);
    }
    for (const MeasuredRun& run : runs_)
      if (std::find(names.begin(), names.end(), run.name) == names.end()) ordered.push_back(run);
    runs_ = std::move(ordered);
    return open;
  }

  /// Sets the figures of planned run i and writes the file. Several threads may do so. Throws DataError if it cannot be
  /// written.
  void finish(std::size_t i, std::vector<Metric> metrics) {
    const std::scoped_lock lock(mutex_);
    runs_[i].metrics = std::move(metrics);
    std::string text = "part,dataset,algorithm,seed,metric,value\n";
    for (const MeasuredRun& run : finished()) {
      const RunName& name = run.name;
      const auto add = [&](std::string_view metric, const std::string& value) {
        text += holdfast::message(name.part, ',', name.dataset, ',', name.algorithm, ',', name.seed, ',', metric, ',',
                                  value, '\n');
      };
      add(updates, std::to_string(name.updates));
      for (const Metric& metric : run.metrics) add(metric.name, holdfast::CsvCell(metric.value).text());
    }
    holdfast::write_whole_file(file_.string(), text);
  }

  /// Returns the runs that have figures.
  [[nodiscard]] std::vector<MeasuredRun> finished() const {
    std::vector<MeasuredRun> all;
    for (const MeasuredRun& run : runs_)
      if (!run.metrics.empty()) all.push_back(run);
    return all;
  }

 private:
  static constexpr std::string_view updates = "updates";

  [[nodiscard]] std::vector<MeasuredRun>::const_iterator find(const RunName& name) const {
    return std::find_if(runs_.begin(), runs_.end(), [&](const MeasuredRun& run) { return run.name == name; });
  }

  std::filesystem::path file_;
  std::vector<MeasuredRun> runs_;
  std::mutex mutex_;
};

/// Returns a metric of all seeds of one learner on one kind of data.
[[nodiscard]] inline std::vector<double> values_of(const std::vector<MeasuredRun>& runs, std::string_view part,
                                                   std::string_view dataset, std::string_view algorithm,
                                                   std::string_view metric) {
  std::vector<double> values;
  for (const MeasuredRun& run : runs) {
    if (run.name.part != part || run.name.dataset != dataset || run.name.algorithm != algorithm) continue;
    for (const Metric& each : run.metrics)
      if (each.name == metric) values.push_back(each.value);
  }
  return values;
}

}  // namespace program
