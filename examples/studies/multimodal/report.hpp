/// \file
/// The printed tables of the study, in Markdown.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "studies/multimodal/learners.hpp"
#include "studies/support/metric_table.hpp"
#include "studies/support/statistics.hpp"

namespace multimodal {

/// A column of a table: a metric of one kind of data.
struct Column {
  const char* title;
  const char* dataset;
  const char* metric;
};

/// Returns the mean of a metric over seeds with its 95 % interval, "–" if there is none.
inline std::string cell_text(const std::vector<double>& values, bool score) {
  const program::Interval95 interval(values);
  if (values.empty() || std::isnan(interval.mean)) return "–";
  char text[64];
  const char* const with = score ? "%.1f ± %.1f" : "%.2f ± %.2f";
  const char* const without = score ? "%.1f" : "%.2f";
  if (std::isnan(interval.half_width))
    std::snprintf(text, sizeof text, without, interval.mean);
  else
    std::snprintf(text, sizeof text, with, interval.mean, interval.half_width);
  return text;
}

/// Adds the table of one part, with a line for each learner that has runs. "‡2" marks two runs that diverged to
/// infinity, which the mean leaves out.
inline void add_table(std::vector<std::string>& lines, const std::vector<program::MeasuredRun>& runs,
                      std::string_view part, const std::vector<Column>& columns) {
  std::string head = message("| ", part, " |");
  std::string rule = "|---|";
  for (const Column& column : columns) {
    head += message(' ', column.title, " |");
    rule += "---:|";
  }
  std::vector<std::string> rows;
  for (const Method& method : part == "bandit" ? bandit_methods() : control_methods({1, 1, 1, 1})) {
    const std::string& name = method.name;
    std::string row = message("| ", name, " |");
    bool any = false;
    for (const Column& column : columns) {
      const auto values = values_of(runs, part, column.dataset, name, column.metric);
      any = any || !values.empty();
      const auto diverged = values_of(runs, part, column.dataset, name, "diverged").size();
      any = any || diverged > 0;
      row += message(" ", cell_text(values, part == "half_cheetah"), diverged > 0 ? message(" ‡", diverged) : "", " |");
    }
    if (any) rows.push_back(row);
  }
  if (rows.empty()) return;
  lines.insert(lines.end(), {"", head, rule});
  lines.insert(lines.end(), rows.begin(), rows.end());
}

/// Returns all lines.
inline std::vector<std::string> report(const std::vector<program::MeasuredRun>& runs) {
  std::vector<std::string> lines;
  add_table(lines, runs, "bandit",
            {{"value", "clusters", "value"},
             {"in gaps", "clusters", "gap_share"},
             {"in the best cluster", "clusters", "best_share"},
             {"clusters reached", "clusters", "modes"}});
  add_table(lines, runs, "maze",
            {{"two experts, mode", "two_experts", "success"},
             {"draws", "two_experts", "sampled_success"},
             {"draws above", "two_experts", "sampled_above"},
             {"half random, mode", "half_random", "success"},
             {"draws", "half_random", "sampled_success"}});
  add_table(lines, runs, "stitching",
            {{"posed, mode", "posed_time_out", "success"},
             {"draws", "posed_time_out", "sampled_success"},
             {"branch, mode", "branch_time_out_10", "success"},
             {"draws", "branch_time_out_10", "sampled_success"},
             {"crossing, mode", "crossing", "success"},
             {"draws", "crossing", "sampled_success"}});
  add_table(lines, runs, "half_cheetah", {{"score", "medium_expert", "score"}});
  return lines;
}

}  // namespace multimodal
