/// \file
/// The tables, the verdicts and the picture of conservatism_sweep.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "studies/conservatism_sweep/options.hpp"
#include "studies/support/plot.hpp"
#include "studies/support/results.hpp"

namespace sweep {

/// Returns predicted minus true Q at the end of a run: below zero the depth of the lower bound, above zero the
/// overestimation.
inline double gap(const program::Result& result) {
  return result.run.last().diagnostics.q_policy_mean - result.run.last().true_q.mean;
}

/// The verdict on one dataset. A cell with a run that diverged to infinity is neither the best nor compared.
struct Verdict {
  std::vector<double> better;  ///< every α that beats cloning by more than the interval, ascending
  std::optional<double> best;  ///< the α with the highest mean score
  /// The smallest α above the best one whose score is worse by more than the interval.
  std::optional<double> first_costly;
};

inline Verdict judge(const Options& options, const std::vector<program::Result>& results, const std::string& data) {
  const auto runs = [&](const std::string& label) { return program::cell(results, options.environment, data, label); };
  Verdict verdict;
  double highest = -std::numeric_limits<double>::infinity();
  for (const double alpha : options.alphas) {
    const auto cell = runs(label_of(alpha));
    if (cell.empty() || program::stopped(cell) > 0) continue;
    const double score = program::Interval95(program::scores(cell)).mean;
    if (program::exceeds(cell, runs("bc"))) verdict.better.push_back(alpha);
    if (score > highest) {
      highest = score;
      verdict.best = alpha;
    }
  }
  for (const double alpha : options.alphas)
    if (verdict.best && alpha > *verdict.best && !verdict.first_costly &&
        program::exceeds(runs(label_of(*verdict.best)), runs(label_of(alpha))))
      verdict.first_costly = alpha;
  return verdict;
}

/// Returns one line of the table: score, predicted Q, true Q and their difference.
inline std::string row(const std::string& label, const std::vector<const program::Result*>& runs) {
  std::vector<double> predicted;
  std::vector<double> truth;
  std::vector<double> gaps;
  for (const program::Result* result : runs) {
    predicted.push_back(result->run.has_critics ? result->run.last().diagnostics.q_policy_mean : std::nan(""));
    truth.push_back(result->run.last().true_q.mean);
    gaps.push_back(result->run.has_critics ? gap(*result) : std::nan(""));
  }
  const auto text = [](const std::vector<double>& values) { return program::text_of(program::Interval95(values)); };
  return message("| ", label, " | ", text(program::scores(runs)), program::stopped_mark(runs), " | ", text(predicted),
                 " | ", text(truth), " | ", text(gaps), " |");
}

/// Returns a list such as "1, 5, 10".
inline std::string list_of(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : ", ") + format_number(number);
  return text;
}

/// Returns the verdict as a sentence.
inline std::string sentence(const Verdict& verdict, const std::string& data) {
  if (!verdict.best)
    return "On " + data + " data there is nothing to say of CQL: no α has runs that all stayed finite.";
  return message("On ", data, " data CQL ",
                 verdict.better.empty() ? "never exceeds cloning by more than the interval"
                                        : "exceeds cloning at α = " + list_of(verdict.better),
                 "; its best α is ", format_number(*verdict.best), "; ",
                 verdict.first_costly ? message("from α = ", format_number(*verdict.first_costly),
                                                " on conservatism costs more than the interval")
                                      : "no larger α costs more than the interval",
                 ".");
}

inline void print_report(const Options& options, const std::vector<program::Result>& results) {
  std::vector<std::string> labels = {"bc", "sac", "sac_no_entropy"};
  for (const double alpha : options.alphas) labels.push_back(label_of(alpha));
  for (const std::string& data : options.data) {
    std::printf("\n| %s, %s | score | predicted Q | true Q | predicted − true |\n|---|---|---|---|---|\n",
                options.environment.c_str(), data.c_str());
    for (const std::string& label : labels) {
      const auto runs = program::cell(results, options.environment, data, label);
      if (!runs.empty()) std::printf("%s\n", row(label, runs).c_str());
    }
    std::printf("\n%s\n", sentence(judge(options, results, data), data).c_str());
  }
  std::printf("\nmean ± 95 %% interval over %lld seeds (Student's t); comparisons are of paired seeds\n",
              static_cast<long long>(options.seeds));
  if (program::any_stopped(results)) std::printf("%s\n", program::stopped_legend);
}

/// Returns a gnuplot script with a column for each kind of data: score above, predicted minus true Q below, over α.
/// The differences have an axis that shows those of critics that exploded beside those of a lower bound.
inline std::string picture_script(const Options& options, const std::vector<program::Result>& results) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150,800 font 'sans,11'\nset output 'conservatism.png'\n"
     << "set multiplot layout 2," << options.data.size() << " columnsfirst title 'CQL on " << options.environment
     << "' font 'sans,14' noenhanced\nset grid\nset key below\nset logscale x\n"
     << "set xrange [" << options.alphas.front() / 1.5 << ':' << options.alphas.back() * 1.5 << "]\n";
  std::size_t block = 0;
  for (const std::string& data : options.data) {
    const auto level = [&](const std::string& label) {
      const auto runs = program::cell(results, options.environment, data, label);
      return runs.empty() ? std::string("NaN") : message(program::Interval95(program::scores(runs)).mean);
    };
    gp << "$cql" << ++block << " << EOD\n";
    Interval shown{-1, 1};  // the differences with their error bars, and some room
    for (const double alpha : options.alphas) {
      const auto runs = program::cell(results, options.environment, data, label_of(alpha));
      if (runs.empty()) continue;
      std::vector<double> gaps;
      gaps.reserve(runs.size());
      for (const program::Result* result : runs) gaps.push_back(gap(*result));
      const program::Interval95 score(program::scores(runs));
      const program::Interval95 depth(gaps);
      shown.lowest = std::min(shown.lowest, 2 * (depth.mean - depth.error_bar()));
      shown.highest = std::max(shown.highest, 2 * (depth.mean + depth.error_bar()));
      gp << alpha << ' ' << score.mean << ' ' << score.error_bar() << ' ' << depth.mean << ' ' << depth.error_bar()
         << '\n';
    }
    gp << "EOD\nset title '" << data
       << " data'\nset xlabel ''\nset ylabel 'score (100: good policy)'\nset yrange [*:*]\n"
       << program::linear_y << "plot $cql" << block
       << " using 1:2:3 with yerrorlines linewidth 2 linecolor rgb '#1b6ca8' title 'CQL', " << level("bc")
       << " with lines linecolor rgb '#444444' title 'clone (BC)', " << level("sac")
       << " with lines linecolor rgb '#d95f02' title 'SAC'\n"
       << "set title ''\nset xlabel 'α'\nset ylabel 'predicted minus true Q'\nset yrange [" << shown.lowest << ':'
       << shown.highest << "]\n"
       << program::symmetric_log_y << "plot $cql" << block
       << " using 1:4:5 with yerrorlines linewidth 2 linecolor rgb '#1b6ca8' title 'CQL', 0 with lines linecolor rgb "
          "'black' title 'a true value'\n";
  }
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace sweep
