/// \file
/// The table and the picture of the study.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "studies/offline_to_online/curves.hpp"
#include "studies/offline_to_online/methods.hpp"
#include "studies/support/statistics.hpp"

namespace offline_to_online {

/// The means of figures over seeds, each with its 95 % interval.
struct Summary {
  program::Interval95 offline, dip, dip_steps, level, regret;

  explicit Summary(const std::vector<Figures>& all)
      : offline(each(all, &Figures::offline)),
        dip(each(all, &Figures::dip)),
        dip_steps(each(all, &Figures::dip_steps)),
        level(each(all, &Figures::level)),
        regret(each(all, &Figures::regret)) {}

 private:
  static std::vector<double> each(const std::vector<Figures>& all, double Figures::*figure) {
    std::vector<double> values;
    values.reserve(all.size());
    for (const Figures& one : all) values.push_back(one.*figure);
    return values;
  }
};

/// Returns "12 ± 3", or "12" for a single seed.
inline std::string text_of(const program::Interval95& figure, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, figure.mean);
  std::string all = text;
  if (std::isnan(figure.half_width)) return all;
  std::snprintf(text, sizeof text, format, figure.half_width);
  return all + " ± " + text;
}

/// Returns the lines of the report, in Markdown.
inline std::vector<std::string> report(const std::vector<Result>& all, const std::vector<std::string>& environments) {
  std::vector<std::string> lines;
  for (const std::string& environment : environments) {
    lines.emplace_back("");
    lines.push_back("| " + environment + " | seeds | offline | dip | steps below | level reached | regret |");
    lines.emplace_back("|---|---:|---:|---:|---:|---:|---:|");
    for (const Method& method : methods) {
      std::vector<Figures> figures;
      for (const Result* result : results_of(all, environment, method.name))
        if (result->curve.scores.size() > 1) figures.push_back(figures_of(result->curve));
      if (figures.empty()) continue;
      const Summary summary(figures);
      lines.push_back(holdfast::message("| ", method.label, " | ", figures.size(), " | ",
                                        method.offline ? text_of(summary.offline, "%.0f") : "–", " | ",
                                        method.offline ? text_of(summary.dip, "%.0f") : "–", " | ",
                                        method.offline ? text_of(summary.dip_steps, "%.0f") : "–", " | ",
                                        text_of(summary.level, "%.0f"), " | ", text_of(summary.regret, "%.2f"), " |"));
    }
  }
  return lines;
}

/// Returns a gnuplot script: for each task, the mean score over online steps, with its 95 % interval.
inline std::string picture_script(const std::vector<Result>& all, const std::vector<std::string>& environments) {
  constexpr const char* colors[] = {"#e69f00", "#0072b2", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#777777"};
  std::ostringstream gp;
  gp << "set terminal pngcairo size " << 600 * environments.size() << ",480 font 'sans,11'\n"
     << "set output 'offline_to_online.png'\n";
  for (std::size_t e = 0; e < environments.size(); ++e)
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const auto results = results_of(all, environments[e], methods[m].name);
      if (results.empty()) continue;
      gp << "$d" << e << '_' << m << " << EOD\n";
      for (std::size_t i = 0; i < results.front()->curve.steps.size(); ++i) {
        std::vector<double> scores;
        for (const Result* result : results)
          if (i < result->curve.scores.size()) scores.push_back(result->curve.scores[i]);
        const program::Interval95 mean(scores);
        gp << results.front()->curve.steps[i] << ' ' << mean.mean << ' ' << mean.error_bar() << '\n';
      }
      gp << "EOD\n";
    }
  gp << "set multiplot layout 1," << environments.size() << "\nset grid\nset xlabel 'steps online'\n"
     << "set ylabel 'score'\nset key bottom right samplen 2\n";
  for (std::size_t e = 0; e < environments.size(); ++e) {
    gp << "set title '" << environments[e] << "' noenhanced\nplot ";
    bool first = true;
    for (std::size_t m = 0; m < methods.size(); ++m) {
      if (results_of(all, environments[e], methods[m].name).empty()) continue;
      const std::string name = holdfast::message("$d", e, '_', m);
      gp << (first ? "" : ", ") << name
         << " using 1:($2-$3):($2+$3) with filledcurves fillstyle transparent solid 0.12 "
         << "noborder linecolor rgb '" << colors[m] << "' notitle, " << name
         << " using 1:2 with lines linewidth 2 linecolor rgb '" << colors[m] << "' title '" << methods[m].label << "'";
      first = false;
    }
    gp << '\n';
  }
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace offline_to_online
