/// \file
/// explosion.png: predicted and true Q, the score, and the distance of the actions from the data.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "studies/offline_sac_failure/report.hpp"
#include "studies/support/gnuplot.hpp"

namespace failure {

/// Returns a gnuplot script that reads curves.csv. It draws three panels over the updates (logarithmic): Q on a
/// symmetric logarithmic axis, the score, and the distance of the actions from the data. The events of the warm start
/// are marked.
inline std::string picture_script(const std::vector<Run>& runs, const Yardsticks& y, const std::string& title) {
  std::uint64_t first = runs.front().seed;
  std::uint64_t last = first;
  const Run* warm = nullptr;
  for (const Run& run : runs) {
    first = std::min(first, run.seed);
    last = std::max(last, run.seed);
    if (run.algorithm == "sac_warm_start") warm = &run;
  }
  // A logarithmic axis has no step 0.
  const Run& longest = warm != nullptr ? *warm : runs.back();
  const Index first_step = longest.curve.size() > 1 ? longest.curve[1].step : 1;
  const Index last_step = std::max(longest.last().step, first_step + 1);
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
     << std::max<Index>(first_step, 1) << ':' << last_step
     << "]\n"
        "pick(a, s, c) = (strcol(2) eq a && column(1) == s ? column(c) : NaN)\n";
  if (warm != nullptr) {
    const auto mark = [&](const std::optional<Index>& step, const char* color) {
      if (step)
        gp << "set arrow from first " << *step << ",graph 0 to first " << *step
           << ",graph 1 nohead dashtype 3 linewidth 1.5 linecolor rgb '" << color << "'\n";
    };
    mark(warm->departure, "#7b3294");
    mark(warm->collapse, "#d95f02");
    mark(warm->overestimation, "#1b6ca8");
    mark(warm->explosion, "#e7298a");
  }
  const struct {
    const char* algorithm;
    const char* label;
    const char* color;
  } lines[] = {{"sac", "SAC", "#1b6ca8"},
               {"sac_no_entropy", "SAC, no entropy backup", "#2a9d3a"},
               {"td3", "TD3", "#c2a200"},
               {"ddpg", "DDPG", "#8c564b"},
               {"sac_warm_start", "SAC from the clone", "#d95f02"},
               {"bc", "clone (BC)", "#444444"}};
  const auto panel = [&](int column, const char* suffix, const char* style, bool critics_only) {
    for (const auto& line : lines) {
      if (std::isnan(mean_score(runs, line.algorithm))) continue;
      if (critics_only && line.algorithm == std::string("bc")) continue;
      gp << "  for [s=" << first << ":" << last << "] 'curves.csv' using 3:(pick('" << line.algorithm << "', s, "
         << column << ")) with lines " << style << " linecolor rgb '" << line.color << "' title (s==" << first << " ? '"
         << line.label << suffix << "' : ''), \\\n";
    }
  };
  gp << program::symmetric_log_y << "set ylabel 'Q, mean over states'\nplot \\\n";
  panel(4, ": predicted", "linewidth 1.8", true);
  panel(8, ": true", "dashtype 2 linewidth 1.2", true);
  gp << "  " << y.behavior_value << " with lines linewidth 2 linecolor rgb 'black' title 'the data itself', \\\n  "
     << (std::isfinite(y.attainable.highest) ? message(y.attainable.highest) : "NaN")
     << " with lines linewidth 2 linecolor rgb 'red' title 'r_{max}/(1-{/Symbol g})'\n"
     << program::linear_y << "set ylabel 'score (100: good policy)'\nplot \\\n";
  panel(14, "", "linewidth 1.8", false);
  gp << "  0 with lines linecolor rgb '#999999' notitle\n"
        "set ylabel 'distance of actions from data'\nset xlabel 'updates"
     << (warm != nullptr ? "   (dotted: from the clone, actions leave the data, return falls, Q passes its true value, Q leaves its range)" : "")
     << "'\nplot \\\n";
  panel(15, "", "linewidth 1.8", false);
  gp << "  " << y.data_distance << " with lines linewidth 2 linecolor rgb 'black' title 'the data itself'\n"
     << "unset multiplot\n";
  return gp.str();
}

}  // namespace failure
