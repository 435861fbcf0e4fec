/// \file
/// The table, the conclusions and the picture of rare_treatment.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/rare_treatment/run.hpp"
#include "studies/support/statistics.hpp"

namespace treatment {

constexpr std::array worlds = {World::harmful, World::better};

inline const char* name(World world) { return world == World::harmful ? "harmful" : "better"; }

inline void write_table(const std::filesystem::path& file, const std::vector<Run>& runs) {
  CsvWriter csv(file, {"world", "chance", "seed", "learner", "severity", "tried", "aggressive", "recovered"});
  for (const Run& run : runs)
    for (std::size_t l = 0; l < learners.size(); ++l)
      for (std::size_t s = 0; s < severities; ++s)
        csv.row({name(run.world), run.chance, static_cast<Index>(run.seed), learners[l], static_cast<Index>(s),
                 run.tried[s], Index{run.advice[l].aggressive[s]}, run.advice[l].recovered});
}

/// The share of cases in which a learner recommends the aggressive treatment. A case is a severity in a dataset of this
/// world in which it was tried from `least` to `most` times.
struct Share {
  Index recommended = 0;
  Index all = 0;

  Share(const std::vector<Run>& runs, World world, std::size_t learner, Index least, Index most) {
    for (const Run& run : runs)
      for (std::size_t s = 0; s < severities; ++s) {
        if (run.world != world || run.tried[s] < least || run.tried[s] > most) continue;
        ++all;
        recommended += run.advice[learner].aggressive[s] ? 1 : 0;
      }
  }

  /// Returns the share in percent, rounded. A positive share is never shown as 0 %.
  [[nodiscard]] std::string text() const {
    if (all == 0) return "–";
    const Index percent = (200 * recommended + all) / (2 * all);
    return percent == 0 && recommended > 0 ? "< 1 %" : message(percent, " %");
  }
};

/// Returns the severities, counted from 1 for the mildest, in which a learner recommends the aggressive treatment in
/// some dataset that never tried it there.
inline std::string severities_given_untried(const std::vector<Run>& runs, std::size_t learner) {
  std::string text;
  for (std::size_t s = 0; s < severities; ++s) {
    const bool given = std::any_of(runs.begin(), runs.end(), [&](const Run& run) {
      return run.tried[s] == 0 && run.advice[learner].aggressive[s];
    });
    if (given) text += message(' ', s + 1);
  }
  return text;
}

/// Returns the percentage of patients who recover by a learner's recommendations, over the datasets with this chance.
inline program::Interval95 recovered(const std::vector<Run>& runs, World world, double chance, std::size_t learner) {
  std::vector<double> values;
  for (const Run& run : runs)
    if (run.world == world && run.chance == chance) values.push_back(100 * run.advice[learner].recovered);
  return program::Interval95(values);
}

/// The percentages of patients who recover by the standard treatment alone, and by the best choice in each severity.
struct Bounds {
  double standard;
  double best;

  explicit Bounds(World world) {
    const TabularMdp mdp = disease(world);
    Matrix<double> always = Matrix<double>::Zero(treatments, states);
    always.row(treatment::standard).setOnes();
    standard = 100 * policy_return(mdp, always, 1);
    best = 100 * mdp.initial.dot(optimum(mdp, 1).value);
  }
};

inline void print_report(const Options& options, const std::vector<Run>& runs) {
  for (const World world : worlds) {
    std::printf("| the aggressive treatment is %s | given where never tried | where tried 1 to 4 times |", name(world));
    for (const double chance : options.chances) std::printf(" %g %%: recovered |", 100 * chance);
    std::printf("\n|---|---|---|");
    for (std::size_t i = 0; i < options.chances.size(); ++i) std::printf("---|");
    std::printf("\n");
    for (std::size_t l = 0; l < learners.size(); ++l) {
      std::printf("| %s | %s | %s |", learners[l].data(), Share(runs, world, l, 0, 0).text().c_str(),
                  Share(runs, world, l, 1, 4).text().c_str());
      for (const double chance : options.chances) {
        const program::Interval95 share = recovered(runs, world, chance, l);
        std::printf(" %.1f ± %.1f |", share.mean, share.half_width);
      }
      std::printf("\n");
    }
    const Bounds bounds(world);
    std::printf("\nBy the standard treatment alone %.1f %% recover, by the best choice in each severity %.1f %%.\n\n",
                bounds.standard, bounds.best);
  }
  std::printf("Given where never tried, in either world, by:");
  const char* separator = " ";
  for (std::size_t l = 0; l < learners.size(); ++l) {
    const std::string where = severities_given_untried(runs, l);
    if (where.empty()) continue;
    std::printf("%s%s (severities%s)", separator, learners[l].data(), where.c_str());
    separator = ", ";
  }
  std::printf("%s\n", *separator == ' ' ? " none" : "");
}

/// Returns the smallest percentage in the picture, so that its panels have the same scale.
inline double lowest(const Options& options, const std::vector<Run>& runs) {
  double least = 100;
  for (const World world : worlds)
    for (const double chance : options.chances)
      for (std::size_t l = 0; l < learners.size(); ++l) least = std::min(least, recovered(runs, world, chance, l).mean);
  return std::floor(least);
}

/// Returns a gnuplot script: the percentage who recover over the share of the aggressive treatment, one panel for each
/// world.
inline std::string picture_script(const Options& options, const std::vector<Run>& runs) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150,430 font 'sans,11'\nset output 'rare_treatment.png'\n"
     << "set multiplot layout 1,2\nset grid\nset logscale x\nset yrange [" << lowest(options, runs) << ':'
     << std::ceil(Bounds(World::better).best) + 1 << "]\nset key outside right noenhanced\n"
     << "set xlabel 'share of the aggressive treatment in the data, %'\nset ylabel 'recovered, %'\n";
  for (const World world : worlds) {
    for (std::size_t l = 0; l < learners.size(); ++l) {
      gp << '$' << learners[l] << " << EOD\n";
      for (const double chance : options.chances) {
        const program::Interval95 share = recovered(runs, world, chance, l);
        gp << 100 * chance << ' ' << share.mean << '\n';
      }
      gp << "EOD\n";
    }
    const Bounds bounds(world);
    gp << "set title 'the rare treatment is " << name(world) << "'\nplot ";
    for (std::size_t l = 0; l < learners.size(); ++l)
      gp << '$' << learners[l] << " with linespoints linewidth 2 pointtype " << l + 4 << " title '" << learners[l]
         << "', ";
    gp << bounds.standard << " with lines dashtype 2 linecolor 'gray' title 'standard', " << bounds.best
       << " with lines dashtype 2 linecolor 'black' title 'best'\n";
  }
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace treatment
