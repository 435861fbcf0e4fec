/// \file
/// The table, the conclusions and the picture of error_propagation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/error_propagation/run.hpp"

namespace chain {

inline void write_table(const std::filesystem::path& file, const std::vector<Run>& runs) {
  CsvWriter csv(file, {"learner", "backup", "state", "error", "untried"});
  for (const Run& run : runs)
    for (Index backup = 0; backup < run.error.cols(); ++backup)
      for (Index s = 0; s < run.error.rows(); ++s)
        csv.row({run.learner, backup, s, run.error(s, backup), run.untried[static_cast<std::size_t>(backup)]});
}

/// The first and the last backup, counted from 0, after which some value in the data is wrong by more than a hundredth
/// of the error.
struct Wrong {
  Index first = -1;  ///< −1: never
  Index last = -1;
};

inline Wrong wrong(const Run& run, double error) {
  Wrong found;
  for (Index backup = 0; backup < run.error.cols(); ++backup) {
    if (run.error.col(backup).cwiseAbs().maxCoeff() <= 0.01 * error) continue;
    if (found.first < 0) found.first = backup;
    found.last = backup;
  }
  return found;
}

inline void print_report(const Options& options, const std::vector<Run>& runs) {
  std::printf(
      "| learner | largest error in the data | at | backups with an error above 1 %% | after the last backup | first "
      "state | the untried action |\n|---|---|---|---|---|---|---|\n");
  for (const Run& run : runs) {
    Index state = 0;
    Index backup = 0;
    const double largest = run.error.cwiseAbs().maxCoeff(&state, &backup);
    const Wrong when = wrong(run, options.error);
    const std::string at = largest > 0 ? message(options.states - 1 - state, " upstream") : "–";
    const std::string backups = when.first < 0 ? "–" : message(when.first, " to ", when.last);
    const Index end = run.error.cols() - 1;
    std::printf("| %s | %.3f | %s | %s | %.3f | %.3f | %.3f |\n", run.learner.c_str(), largest, at.c_str(),
                backups.c_str(), run.error.col(end).cwiseAbs().maxCoeff(), run.error(0, end), run.untried.back());
  }
  const Index farthest = std::min(options.states - 1, options.backups);
  std::printf(
      "\nEvery true value is 0. The error of dqn k states upstream is %g γ^k after k backups, and stays: %.3f at %td "
      "upstream.\n",
      options.error, options.error * std::pow(options.discount, static_cast<double>(farthest)), farthest);
}

/// Returns a gnuplot script: for each learner a map of states over backups, and the first state's value in all of them.
inline std::string picture_script(const Options& options, const std::vector<Run>& runs) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1200,680 font 'sans,10'\nset output 'error_propagation.png'\n"
     << "set multiplot layout 2,3 title 'One value is wrong by " << options.error
     << ": the error of Q on the data, states against backups' font 'sans,13' noenhanced\n"
     << "set palette defined (0 '#ffffff', 0.15 '#fde0c5', 0.5 '#f08030', 1 '#7f0000')\nset cbrange [0:"
     << options.error << "]\nset xrange [-0.5:" << options.backups << ".5]\nset yrange [-0.5:" << options.states - 1
     << ".5]\nset xlabel 'backups'\nset ylabel 'states upstream'\nset tics out nomirror\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    gp << "$map" << i << " << EOD\n"
       << runs[i].error.colwise().reverse() << "\nEOD\nset title '" << runs[i].learner << "' noenhanced\nplot $map" << i
       << " matrix with image notitle\n";
  }
  const bool reached =
      std::any_of(runs.begin(), runs.end(), [](const Run& run) { return (run.error.row(0).array() > 0).any(); });
  gp << "set title 'the first state of the chain' noenhanced\nset ylabel 'error'\nset yrange [0:"
     << (reached ? "*" : message(options.error)) << "]\nset key below\n";
  for (std::size_t i = 0; i < runs.size(); ++i)
    gp << "$first" << i << " << EOD\n" << runs[i].error.row(0).transpose() << "\nEOD\n";
  gp << "plot ";
  for (std::size_t i = 0; i < runs.size(); ++i)
    gp << (i == 0 ? "" : ", ") << "$first" << i << " using 0:1 with lines linewidth 2 title '" << runs[i].learner
       << "' noenhanced";
  gp << "\nunset multiplot\n";
  return gp.str();
}

}  // namespace chain
