/// \file
/// The table and the picture of compare_learners.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "studies/compare_learners/options.hpp"
#include "studies/support/plot.hpp"
#include "studies/support/results.hpp"

namespace compare {

/// Prints a table in Markdown with one line per dataset. Scores that exceed those of cloning by more than the interval
/// of the paired differences are marked with *, scores of runs whose Q left the attainable range with †, and those of
/// runs that diverged to infinity with ‡.
inline void print_report(const Options& options, const std::vector<program::Result>& results) {
  std::printf("\n| environment | data |");
  for (const std::string& algorithm : options.algorithms) std::printf(" %s |", algorithm.c_str());
  std::printf("\n|---|---|");
  for (std::size_t i = 0; i < options.algorithms.size(); ++i) std::printf("---|");
  std::printf("\n");
  for (const std::string& environment : options.environments)
    for (const std::string& data : options.data) {
      std::printf("| %s | %s |", environment.c_str(), data.c_str());
      const auto clones = program::cell(results, environment, data, "bc");
      for (const std::string& algorithm : options.algorithms) {
        const auto runs = program::cell(results, environment, data, algorithm);
        if (runs.empty()) {
          std::printf(" – |");
          continue;
        }
        const program::Interval95 score(program::scores(runs));
        const auto left =
            std::count_if(runs.begin(), runs.end(), [](const program::Result* r) { return r->left_range(); });
        std::printf(" %s%s%s%s |", program::text_of(score).c_str(), program::exceeds(runs, clones) ? " *" : "",
                    left == 0 ? "" : message(" †", left).c_str(), program::stopped_mark(runs).c_str());
      }
      std::printf("\n");
    }
  std::printf(
      "\nscores: 0 random, 100 the environment's good policy; mean ± 95 %% interval over %lld seeds (Student's t)\n"
      "*: better than bc by more than the 95 %% interval of the differences, seed by seed\n"
      "†n: in n runs the mean predicted Q left [r_min/(1−γ), r_max/(1−γ)] after the first tenth of training\n",
      static_cast<long long>(options.seeds));
  if (program::any_stopped(results)) std::printf("%s\n", program::stopped_legend);
}

/// Returns the range of scores, with their error bars, that a panel must show: at least 0 to 110.
inline Interval shown_scores(const Options& options, const std::vector<program::Result>& results,
                             const std::string& environment) {
  Interval shown{0, 110};
  for (const std::string& data : options.data)
    for (const std::string& algorithm : options.algorithms) {
      const program::Interval95 score(program::scores(program::cell(results, environment, data, algorithm)));
      if (std::isnan(score.mean)) continue;
      shown.lowest = std::min(shown.lowest, score.mean - score.error_bar() - 5);
      shown.highest = std::max(shown.highest, score.mean + score.error_bar() + 5);
    }
  return shown;
}

/// Returns a gnuplot script: for each environment a panel of scores with intervals, grouped by data.
inline std::string picture_script(const Options& options, const std::vector<program::Result>& results) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150," << 420 * options.environments.size() + 60 << " font 'sans,11'\n"
     << "set output 'scores.png'\nset multiplot layout " << options.environments.size() << ",1\n"
     << "set key outside right top Left reverse samplen 1\nset grid ytics\nset ylabel 'score (100: good policy)'\n"
     << "set style fill solid 0.85 border -1\nset xrange [-0.5:" << options.data.size() << ".0]\n";
  const double width = 0.8 / static_cast<double>(options.algorithms.size());
  gp << "set boxwidth " << width * 0.9 << "\n";
  for (const std::string& environment : options.environments) {
    const Interval shown = shown_scores(options, results, environment);
    gp << "set title '" << environment << "' noenhanced\nset yrange [" << shown.lowest << ':' << shown.highest
       << "]\nset xtics (";
    for (std::size_t d = 0; d < options.data.size(); ++d)
      gp << (d == 0 ? "" : ", ") << "'" << options.data[d] << "' " << static_cast<double>(d) + 0.4 - width / 2;
    gp << ")\n";
    for (std::size_t a = 0; a < options.algorithms.size(); ++a) {
      gp << "$"
         << "scores" << a << " << EOD\n";
      for (std::size_t d = 0; d < options.data.size(); ++d) {
        const auto runs = program::cell(results, environment, options.data[d], options.algorithms[a]);
        if (runs.empty()) continue;
        const program::Interval95 score(program::scores(runs));
        gp << static_cast<double>(d) + width * static_cast<double>(a) << ' ' << score.mean << ' ' << score.error_bar()
           << '\n';
      }
      gp << "EOD\n";
    }
    gp << "plot";
    for (std::size_t a = 0; a < options.algorithms.size(); ++a)
      gp << (a == 0 ? " " : ", ") << "$scores" << a << " using 1:2:3 with boxerrorbars linecolor " << a + 1
         << " title '" << options.algorithms[a] << "' noenhanced";
    gp << "\n";
  }
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace compare
