/// \file
/// The table scores.csv, a row for each finished run.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/whole_file.hpp"
#include "studies/mujoco_scores/options.hpp"
#include "studies/support/csv_reader.hpp"

namespace mujoco_scores {

/// One row.
struct Score {
  Job job;
  Index updates = 0;  ///< those done; fewer than asked for if the run diverged
  double score = 0;   ///< normalized, of the last evaluation
  double return_mean = 0;
  std::string command;
};

/// The rows of all runs that are finished, in a file that is replaced as a whole, so that a row is there or not.
class Table {
 public:
  /// Reads the rows that are there. Throws DataError if the file cannot be read.
  explicit Table(fs::path file) : file_(std::move(file)) {
    if (!fs::exists(file_)) return;
    program::CsvReader csv(file_, columns());
    constexpr Interval any{};
    while (csv.next())
      rows_.push_back(
          {{std::string(csv.text(0)), std::string(csv.text(1)), std::string(csv.text(2)), csv.whole(3, 0, 1000000)},
           csv.whole(4, 0, 1000000000),
           csv.number(5, any),
           csv.number(6, any),
           std::string(csv.text(7))});
  }

  [[nodiscard]] const std::vector<Score>& rows() const { return rows_; }

  /// Returns whether the run has a row. Throws DataError if another command made it.
  [[nodiscard]] bool has(const Job& job, const std::string& command) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Score& each) { return each.job == job; });
    if (row == rows_.end()) return false;
    if (row->command != command)
      throw DataError(message(file_.string(), ": ", job.name(), ": expected the row of \"", command,
                              "\", found that of \"", row->command, "\"; choose another table with --results"));
    return true;
  }

  /// Adds a row and writes the file. Several threads may do so. Throws DataError if it cannot be written.
  void add(Score row) {
    const std::scoped_lock lock(mutex_);
    rows_.push_back(std::move(row));
    std::string text;
    for (const std::string& column : columns()) text += (text.empty() ? "" : ",") + column;
    text += '\n';
    for (const Score& each : rows_)
      text += message(each.job.environment, ',', each.job.dataset, ',', each.job.algorithm, ',', each.job.seed, ',',
                      each.updates, ',', CsvCell(each.score).text(), ',', CsvCell(each.return_mean).text(), ',',
                      each.command, '\n');
    write_whole_file(file_.string(), text);
  }

 private:
  static std::vector<std::string> columns() {
    return {"environment", "dataset", "algorithm", "seed", "updates", "score", "return_mean", "command"};
  }

  fs::path file_;
  std::vector<Score> rows_;
  std::mutex mutex_;
};

}  // namespace mujoco_scores
