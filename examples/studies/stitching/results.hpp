/// \file
/// The rows of results.csv, with which a stopped study goes on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/whole_file.hpp"
#include "studies/stitching/options.hpp"
#include "studies/support/csv_reader.hpp"

namespace stitching {

/// The result of one run. What a learner does not have is NaN; one that diverged to infinity cannot act, and has none.
struct Result {
  std::string maze;
  std::string dataset;
  std::string algorithm;
  std::string setting;
  Index seed = 0;
  double success = std::nan("");          ///< chance that the policy's mode goes from the start to the goal
  double sampled_success = std::nan("");  ///< chance that its draws do
  double value_start = std::nan("");      ///< V of the start
  double value_middle = std::nan("");
  double best_start = std::nan("");  ///< the best value of the start that the data allows
  double best_middle = std::nan("");
  Index updates = 0;
  std::optional<Index> stopped{};  ///< the update that was not finite any more

  [[nodiscard]] bool is_same_run(const Result& other) const {
    return maze == other.maze && dataset == other.dataset && algorithm == other.algorithm && setting == other.setting &&
           seed == other.seed && updates == other.updates;
  }
};

/// The results, in a file that is replaced as a whole, so that a row is there or not. The rows are in the order of the
/// runs, whatever the number of threads; rows of other runs that the file had come after them.
class Results {
 public:
  /// Reads the rows that are there if `resume`; otherwise begins with none. Throws DataError if the file cannot be
  /// read.
  Results(std::filesystem::path file, bool resume) : file_(std::move(file)) {
    if (!resume || !std::filesystem::exists(file_) || std::filesystem::is_empty(file_)) return;
    program::CsvReader csv(file_, columns());
    const auto number = [&](std::size_t column) {
      return csv.text(column).empty() ? std::nan("") : csv.number(column, Interval{});
    };
    constexpr Index most = std::numeric_limits<Index>::max();
    while (csv.next()) {
      earlier_.push_back({std::string(csv.text(0)), std::string(csv.text(1)), std::string(csv.text(2)),
                          std::string(csv.text(3)), csv.whole(4, 0, most), number(5), number(6), number(7), number(8),
                          number(9), number(10), csv.whole(11, 0, most)});
      if (!csv.text(12).empty()) earlier_.back().stopped = csv.whole(12, 0, most);
    }
  }

  /// Returns the rows that were in the file.
  [[nodiscard]] const std::vector<Result>& earlier_rows() const { return earlier_; }

  /// Plans the runs, by their results without figures. Returns the numbers of those that have no row yet, or that are
  /// `wanted(number)` again all the same.
  template <class Wanted>
  [[nodiscard]] std::vector<std::size_t> plan(std::vector<Result> runs, Wanted&& wanted) {
    rows_ = std::move(runs);
    done_.assign(rows_.size(), false);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto row = std::find_if(earlier_.begin(), earlier_.end(),
                                    [&](const Result& each) { return each.is_same_run(rows_[i]); });
      if (row == earlier_.end() || wanted(i)) {
        open.push_back(i);
        continue;
      }
      rows_[i] = *row;
      done_[i] = true;
    }
    return open;
  }

  /// Sets the figures of a run and writes the file. Several threads may do so. Throws DataError if it cannot be
  /// written.
  void finish(std::size_t i, const Result& result) {
    const std::scoped_lock lock(mutex_);
    rows_[i] = result;
    done_[i] = true;
    write();
  }

  /// Returns the rows of the finished runs.
  [[nodiscard]] std::vector<Result> finished() const {
    std::vector<Result> all;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (done_[i]) all.push_back(rows_[i]);
    return all;
  }

 private:
  static std::vector<std::string> columns() {
    return {
        "maze",        "dataset",      "algorithm",  "setting",     "seed",    "success_rate", "sampled_success_rate",
        "value_start", "value_middle", "best_start", "best_middle", "updates", "stopped_step"};
  }

  void write() const {
    std::string text;
    for (const std::string& column : columns()) text += (text.empty() ? "" : ",") + column;
    text += '\n';
    std::vector<Result> all = finished();
    for (const Result& each : earlier_)
      if (std::none_of(rows_.begin(), rows_.end(), [&](const Result& row) { return row.is_same_run(each); }))
        all.push_back(each);
    const auto cell = [](double number) { return CsvCell(number).text(); };
    for (const Result& r : all)
      text +=
          message(r.maze, ',', r.dataset, ',', r.algorithm, ',', r.setting, ',', r.seed, ',', cell(r.success), ',',
                  cell(r.sampled_success), ',', cell(r.value_start), ',', cell(r.value_middle), ',', cell(r.best_start),
                  ',', cell(r.best_middle), ',', r.updates, ',', CsvCell(r.stopped).text(), '\n');
    write_whole_file(file_.string(), text);
  }

  std::filesystem::path file_;
  std::vector<Result> earlier_;
  std::vector<Result> rows_;
  std::vector<bool> done_;
  std::mutex mutex_;
};

}  // namespace stitching
