/// \file
/// metrics.csv of a training run.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/explosion.hpp"
#include "holdfast/training/rollout.hpp"

namespace tool {

/// The figures of one row.
struct MetricsRow {
  holdfast::Index step = 0;
  holdfast::Diagnostics training;                   ///< at states of the data that is learned from
  std::optional<holdfast::Diagnostics> validation;  ///< at states of the data that is held out
  bool has_learned = false;                         ///< the learner's own figures are of an update of this run
  std::optional<bool> departure;                    ///< empty if it is not watched
  std::optional<bool> warning;                      ///< empty if there is no detector
  std::optional<bool> explosion;
  bool instability = false;
  std::optional<holdfast::Estimate> evaluation;
  double score = std::numeric_limits<double>::quiet_NaN();
};

/// Writes metrics.csv: the step, all quantities that the learner reports, those measured by the tool, and the run's id.
template <class Learner>
class Metrics {
 public:
  /// Starts the file, or goes on with one that is written as far as `written` tells. With `phases` there is a first
  /// column that says which rows are offline, and which ones online.
  Metrics(const std::filesystem::path& file, const Learner& learner, std::string run,
          const std::optional<holdfast::CsvProgress>& written, bool phases)
      : run_(std::move(run)),
        has_critics_(learner.has_critics()),
        phases_(phases),
        is_new_(!written || written->bytes == 0),
        csv_(is_new_ ? holdfast::CsvWriter(file, columns(learner, phases))
                     : holdfast::CsvWriter(file, columns(learner, phases).size(), *written)) {}

  /// Returns whether the file has been started.
  [[nodiscard]] bool is_new() const { return is_new_; }

  /// Copies the rows up to a step of an offline run's file, as far as they are whole and of the run with that id.
  /// Returns whether there was one.
  bool copy_offline(const std::filesystem::path& file, const Learner& learner, const std::string& run,
                    holdfast::Index last_step) {
    std::ifstream stream(file);
    std::string line;
    std::string expected;
    const std::vector<std::string> names = columns(learner, false);
    for (const std::string& name : names) expected += (expected.empty() ? "" : ",") + name;
    if (!std::getline(stream, line) || line != expected) return false;
    bool copied = false;
    while (std::getline(stream, line)) {
      std::vector<holdfast::CsvCell> cells = {"offline"};
      for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(',', begin), line.size());
        cells.emplace_back(line.substr(begin, end - begin));
        begin = end + 1;
      }
      if (cells.size() != names.size() + 1 || cells.back().text() != run) continue;
      if (std::strtoll(cells[1].text().c_str(), nullptr, 10) > last_step) continue;
      csv_.row(cells);
      copied = true;
    }
    return copied;
  }

  void write(const MetricsRow& row, const Learner& learner) {
    using holdfast::CsvCell;
    using holdfast::Index;
    std::vector<CsvCell> cells;
    if (phases_) cells.emplace_back("online");
    cells.emplace_back(row.step);
    learner.report([&](std::string_view, double value) { cells.emplace_back(row.has_learned ? value : none); });
    const auto of_critics = [&](double value) { cells.emplace_back(has_critics_ ? value : none); };
    const holdfast::Diagnostics& d = row.training;
    for (const double value : {d.q_data_mean, d.q_data_max, d.q_policy_mean, d.q_policy_max, d.bellman_error})
      of_critics(value);
    for (const double value : {d.action_distance, d.action_error, d.entropy}) cells.emplace_back(value);
    of_critics(row.validation ? row.validation->bellman_error : none);
    cells.emplace_back(row.validation ? row.validation->action_error : none);
    for (const auto& raised : {row.departure, row.warning, row.explosion})
      cells.push_back(raised ? CsvCell(Index{*raised}) : CsvCell(""));
    cells.emplace_back(Index{row.instability});
    cells.emplace_back(row.evaluation ? row.evaluation->mean : none);
    cells.emplace_back(row.evaluation ? row.evaluation->standard_error : none);
    cells.emplace_back(row.score);
    cells.emplace_back(run_);
    csv_.row(cells);
  }

  /// Returns how far the file is written, and makes that survive a power cut.
  [[nodiscard]] holdfast::CsvProgress synced() const {
    csv_.sync();
    return csv_.written();
  }

 private:
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();  // an empty cell

  static constexpr std::array<std::string_view, 18> own_columns = {"q_data_mean",
                                                                   "q_data_max",
                                                                   "q_policy_mean",
                                                                   "q_policy_max",
                                                                   "bellman_error",
                                                                   "action_distance",
                                                                   "action_error",
                                                                   "entropy",
                                                                   "validation_bellman_error",
                                                                   "validation_action_error",
                                                                   "departure",
                                                                   "warning",
                                                                   "explosion",
                                                                   "instability",
                                                                   "return_mean",
                                                                   "return_stderr",
                                                                   "normalized_score",
                                                                   "run"};

  static std::vector<std::string> columns(const Learner& learner, bool phases) {
    std::vector<std::string> names;
    if (phases) names.emplace_back("phase");
    names.emplace_back("step");
    learner.report([&](std::string_view name, double) {
      const bool taken = std::find(own_columns.begin(), own_columns.end(), name) != own_columns.end();
      names.push_back((taken ? "batch_" : "") + std::string(name));
    });
    names.insert(names.end(), own_columns.begin(), own_columns.end());
    return names;
  }

  std::string run_;
  bool has_critics_;
  bool phases_;
  bool is_new_;
  holdfast::CsvWriter csv_;
};

}  // namespace tool
