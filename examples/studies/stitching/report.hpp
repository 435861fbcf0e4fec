/// \file
/// The printed tables of the study.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "studies/stitching/learners.hpp"
#include "studies/stitching/results.hpp"
#include "studies/support/statistics.hpp"

namespace stitching {

/// The rows of one cell of the report: all seeds.
struct Cell {
  std::vector<double> success{};
  std::vector<double> sampled{};
  std::vector<double> start{};
  std::vector<double> middle{};
  std::vector<double> best_start{};
  std::vector<double> best_middle{};

  explicit Cell(const Result& first, const std::vector<Result>& all) {
    for (const Result& each : all) {
      if (each.maze != first.maze || each.dataset != first.dataset || each.algorithm != first.algorithm ||
          each.setting != first.setting)
        continue;
      success.push_back(each.success);
      sampled.push_back(each.sampled_success);
      start.push_back(each.value_start);
      middle.push_back(each.value_middle);
      best_start.push_back(each.best_start);
      best_middle.push_back(each.best_middle);
    }
  }
};

inline double mean_of(const std::vector<double>& values) { return program::Interval95(values).mean; }

inline std::string text_of(double number, const char* format = "%.2f") {
  if (std::isnan(number)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, std::abs(number) >= 1000 ? "%.1e" : format, number);
  return text;
}

/// Returns the lines of the report, in Markdown: a table for each world and dataset, a line for each setting.
inline std::vector<std::string> report(const std::vector<Result>& all) {
  std::vector<std::string> lines;
  const Result* last = nullptr;
  std::vector<std::string> seen;
  for (const Result& each : all) {
    if (last == nullptr || last->maze != each.maze || last->dataset != each.dataset) {
      seen.clear();
      const Cell cell(each, all);
      lines.push_back("");
      lines.push_back(message("**", each.maze, ", ", each.dataset, "**: the data allow V(S) = ",
                              text_of(mean_of(cell.best_start)), ", V(M) = ", text_of(mean_of(cell.best_middle))));
      lines.push_back("");
      lines.push_back("| learner | setting | success, by seed | mean | of draws | V(S) | V(M) |");
      lines.push_back("|---|---|---|---:|---:|---:|---:|");
    }
    last = &each;
    const std::string name = each.algorithm + ' ' + each.setting;
    if (is_among(seen, name)) continue;
    seen.push_back(name);
    const Cell cell(each, all);
    std::string seeds;
    for (const double success : cell.success) seeds += (seeds.empty() ? "" : " ") + text_of(success);
    lines.push_back(message("| ", each.algorithm, " | ", each.setting, " | ", seeds, " | ",
                            text_of(mean_of(cell.success)), " | ", text_of(mean_of(cell.sampled)), " | ",
                            text_of(mean_of(cell.start)), " | ", text_of(mean_of(cell.middle)), " |"));
  }
  return lines;
}

}  // namespace stitching
