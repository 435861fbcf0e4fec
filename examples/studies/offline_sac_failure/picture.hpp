/// \file
/// explosion.png: predicted and true Q, the score, and the distance of the actions from the data.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "studies/offline_sac_failure/report.hpp"
#include "studies/support/plot.hpp"

namespace failure {

/// A line of the picture for each run of an algorithm.
struct Line {
  const char* algorithm;
  const char* label;
  const char* color;
};
inline constexpr std::array<Line, 6> lines{{{"sac", "SAC", "#1b6ca8"},
                                            {"sac_no_entropy", "SAC, no entropy backup", "#2a9d3a"},
                                            {"td3", "TD3", "#c2a200"},
                                            {"ddpg", "DDPG", "#8c564b"},
                                            {"sac_warm_start", "SAC from the clone", "#d95f02"},
                                            {"bc", "clone (BC)", "#444444"}}};

/// Returns commands that mark the events of the warm start, if there is one.
inline std::string marks(const std::vector<Run>& runs) {
  std::string text;
  const auto mark = [&](const std::optional<Index>& step, const char* color) {
    if (step)
      text += message("set arrow from first ", *step, ",graph 0 to first ", *step,
                      ",graph 1 nohead dashtype 3 linewidth 1.5 linecolor rgb '", color, "'\n");
  };
  for (const Run& run : runs) {
    if (run.algorithm != "sac_warm_start") continue;
    mark(run.departure, "#7b3294");
    mark(run.collapse, "#d95f02");
    mark(run.overestimation, "#555555");
    mark(run.explosion, "#e7298a");
  }
  return text;
}

/// Returns what a panel plots of a column of curves.csv: a line for each run, or for those with critics only.
inline std::string curves(const std::vector<Run>& runs, int column, const char* suffix, const char* style,
                          bool critics_only) {
  const auto [first, last] =
      std::minmax_element(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.seed < b.seed; });
  std::string text;
  for (const Line& line : lines) {
    if (std::isnan(mean_score(runs, line.algorithm)) || (critics_only && line.algorithm == std::string("bc"))) continue;
    text += message("  for [s=", first->seed, ":", last->seed, "] 'curves.csv' using 3:(pick('", line.algorithm,
                    "', s, ", column, ")) with lines ", style, " linecolor rgb '", line.color,
                    "' title (s==", first->seed, " ? '", line.label, suffix, "' : ''), \\\n");
  }
  return text;
}

/// Returns a gnuplot script that reads curves.csv. It draws three panels over the updates (logarithmic): Q on a
/// symmetric logarithmic axis, the score, and the distance of the actions from the data. The events of the warm start
/// are marked.
inline std::string picture_script(const std::vector<Run>& runs, const Yardsticks& y, const std::string& title) {
  // A logarithmic axis has no step 0.
  const Run& longest = *std::max_element(runs.begin(), runs.end(),
                                         [](const Run& a, const Run& b) { return a.last().step < b.last().step; });
  const Index first_step = std::max<Index>(longest.curve.size() > 1 ? longest.curve[1].step : 1, 1);
  const Index last_step = std::max(longest.last().step, first_step + 1);
  const std::string events = marks(runs);
  std::string quoted;
  for (const char c : title) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150,1150 font 'sans,11'\n"
        "set output 'explosion.png'\n"
        "set datafile separator ','\n"
        "set multiplot layout 3,1 title '"
     << quoted
     << "' font 'sans,14' noenhanced\n"
        "set key outside right top Left reverse samplen 2\n"
        "set grid\nset lmargin 11\nset rmargin 42\n"
        "set logscale x\nset xrange ["
     << first_step << ':' << last_step
     << "]\n"
        "pick(a, s, c) = (strcol(2) eq a && column(1) == s ? column(c) : NaN)\n"
     << events << program::symmetric_log_y << "set ylabel 'Q, mean over states'\nplot \\\n"
     << curves(runs, 4, ": predicted", "linewidth 1.8", true)
     << curves(runs, 8, ": true", "dashtype 2 linewidth 1.2", true) << "  " << y.behavior_value
     << " with lines linewidth 2 linecolor rgb 'black' title 'the data itself', \\\n  "
     << (std::isfinite(y.attainable.highest) ? message(y.attainable.highest) : "NaN")
     << " with lines linewidth 2 linecolor rgb 'red' title 'r_{max}/(1-{/Symbol g})'\n"
     << program::linear_y << "set ylabel 'score (100: good policy)'\nplot \\\n"
     << curves(runs, 14, "", "linewidth 1.8", false)
     << "  0 with lines linecolor rgb '#999999' notitle\n"
        "set ylabel 'distance of actions from data'\nset xlabel 'updates"
     << (events.empty() ? ""
                        : "   (dotted: from the clone, actions leave the data, return falls, Q passes its true value, "
                          "Q leaves its range)")
     << "'\nplot \\\n"
     << curves(runs, 15, "", "linewidth 1.8", false) << "  " << y.data_distance
     << " with lines linewidth 2 linecolor rgb 'black' title 'the data itself'\n"
     << "unset multiplot\n";
  return gp.str();
}

}  // namespace failure
