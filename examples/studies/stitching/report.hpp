/// \file
/// The printed tables of the study, in Markdown.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "studies/stitching/learners.hpp"
#include "studies/stitching/results.hpp"
#include "studies/support/statistics.hpp"

namespace stitching {

/// The runs of one learner on one kind of data: all seeds.
struct Cell {
  std::vector<double> success{};
  std::vector<double> sampled{};
  std::vector<double> start{};
  std::vector<double> middle{};
  std::vector<double> best_start{};
  std::vector<double> best_middle{};

  Cell(const std::vector<Result>& all, std::string_view maze, std::string_view dataset, std::string_view algorithm,
       std::string_view setting) {
    for (const Result& each : all) {
      if (each.maze != maze || each.dataset != dataset || each.algorithm != algorithm || each.setting != setting)
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

/// Returns the mean with two digits after the point, "–" if there is none.
inline std::string mean_text(const std::vector<double>& values) {
  const double mean = program::Interval95(values).mean;
  if (values.empty() || std::isnan(mean)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, std::abs(mean) >= 1000 ? "%.0e" : std::abs(mean) >= 100 ? "%.0f" : "%.2f", mean);
  return text;
}

/// Adds the head of a table.
inline void add_head(std::vector<std::string>& lines, const std::vector<std::string>& titles) {
  std::string head = "|";
  std::string rule = "|";
  for (std::size_t i = 0; i < titles.size(); ++i) {
    head += " " + titles[i] + " |";
    rule += i == 0 ? "---|" : "---:|";
  }
  lines.insert(lines.end(), {"", head, rule});
}

/// Returns whether a kind of data has runs.
inline bool has_runs(const std::vector<Result>& all, std::string_view maze, const DataKind& kind) {
  return std::any_of(all.begin(), all.end(),
                     [&](const Result& each) { return each.maze == maze && each.dataset == kind.name; });
}

/// Adds the overview: for each kind of data, the mean success of each learner's mode, and of its draws.
inline void add_overview(std::vector<std::string>& lines, const std::vector<Result>& all, bool grid) {
  const std::string maze = grid ? "grid" : "maze";
  const std::vector<DataKind> kinds = data_kinds(grid);
  std::vector<std::string> titles = {maze};
  for (const TitledSetting& column : main_settings(kinds.front(), grid)) titles.emplace_back(column.title);
  add_head(lines, titles);
  for (const DataKind& kind : kinds) {
    if (!has_runs(all, maze, kind)) continue;
    std::string line = "| " + kind.name + " |";
    for (const TitledSetting& column : main_settings(kind, grid)) {
      const Cell cell(all, maze, kind.name, column.setting.algorithm, column.setting.text);
      line += " " + mean_text(cell.success) + " (" + mean_text(cell.sampled) + ") |";
    }
    lines.push_back(line);
  }
}

/// Adds the values of the start and of the middle, beside the best that the data allow.
inline void add_values(std::vector<std::string>& lines, const std::vector<Result>& all, bool grid) {
  const std::string maze = grid ? "grid" : "maze";
  add_head(lines, {maze + ": V(S), V(M)", "best in the data", "iql λ 0.03 R", "cql α 5", "cql α 0.1 R"});
  for (const DataKind& kind : data_kinds(grid)) {
    if (!has_runs(all, maze, kind)) continue;
    std::string line = "| " + kind.name + " |";
    const Setting first = iql(0.9, 0.03, kind);
    const Cell best(all, maze, kind.name, first.algorithm, first.text);
    line += " " + mean_text(best.best_start) + ", " + mean_text(best.best_middle) + " |";
    for (const Setting& setting : {first, cql(5 / kind.rewards.scale(), kind), cql(0.1, kind)}) {
      const Cell cell(all, maze, kind.name, setting.algorithm, setting.text);
      line += " " + mean_text(cell.start) + ", " + mean_text(cell.middle) + " |";
    }
    lines.push_back(line);
  }
}

/// Adds the sweep over τ, λ and α: the success of each seed, in the grid beside the exact solution's.
inline void add_sweep_table(std::vector<std::string>& lines, const std::vector<Result>& all, bool grid) {
  const std::string maze = grid ? "grid" : "maze";
  for (const DataKind& kind : data_kinds(grid)) {
    if (!kind.swept || !has_runs(all, maze, kind)) continue;
    std::vector<std::string> titles = {maze + ", " + kind.name, "success, by seed", "of draws", "V(S), V(M)"};
    if (grid) titles.insert(titles.end(), {"exact: success", "exact: V(S), V(M)"});
    add_head(lines, titles);
    for (const Setting& setting : settings_for(kind, grid)) {
      if (setting.exact || (setting.algorithm != "iql" && setting.algorithm != "cql")) continue;
      const Cell cell(all, maze, kind.name, setting.algorithm, setting.text);
      if (cell.success.empty()) continue;
      std::string seeds;
      for (const double success : cell.success) seeds += mean_text({success}) + " ";
      std::string line =
          message("| ", setting.algorithm, " ", setting.text, " | ", seeds, "| ", mean_text(cell.sampled), " | ",
                  mean_text(cell.start), ", ", mean_text(cell.middle), " |");
      if (grid) {
        const Cell exact(all, maze, kind.name, setting.algorithm + "_exact", setting.text);
        line +=
            message(" ", mean_text(exact.success), " | ", mean_text(exact.start), ", ", mean_text(exact.middle), " |");
      }
      lines.push_back(line);
    }
  }
}

/// Returns the lines of the report.
inline std::vector<std::string> report(const std::vector<Result>& all) {
  std::vector<std::string> lines;
  for (const bool grid : {true, false}) {
    const std::string maze = grid ? "grid" : "maze";
    if (std::none_of(all.begin(), all.end(), [&](const Result& each) { return each.maze == maze; })) continue;
    add_overview(lines, all, grid);
    add_values(lines, all, grid);
    add_sweep_table(lines, all, grid);
  }
  return lines;
}

}  // namespace stitching
