/// \file
/// The tables, the conclusions and the picture of evaluator_ranking.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/evaluator_ranking/evaluation.hpp"
#include "studies/support/estimator_looks.hpp"

namespace ranking {

/// The trainings on broad data, which explores: bc is the behavior policy itself, and the others find better policies.
inline const std::vector<Training> broad_trainings = {
    {"bc", 2000}, {"brac", 3000}, {"cql", 4000}, {"sac", 1000}, {"sac_no_entropy", 4000}};
/// The trainings on narrow data: bc is nearly the expert, and sac fails.
inline const std::vector<Training> narrow_trainings = {
    {"bc", 5000}, {"brac", 5000}, {"cql", 5000}, {"sac", 5000}, {"sac_no_entropy", 5000}};

/// The policies, and the results on data of each size (shares × replications; those of one share are adjacent).
struct Study {
  Estimand estimand;
  std::vector<Candidate> policies;
  std::vector<Cell> cells;
};

struct NarrowStudy {
  Study narrow;
  std::string refusal;  ///< why importance sampling refuses the data of offline_sac_failure
};

/// Returns the mean ranking over replications.
inline Ranking mean_ranking(const Options& options, const Study& study, std::size_t share, std::size_t estimator) {
  Ranking mean;
  const auto count = static_cast<std::size_t>(options.replications);
  for (std::size_t r = 0; r < count; ++r) {
    const Ranking& each = study.cells[share * count + r].ranks[estimator];
    const double part = 1 / static_cast<double>(count);
    mean.spearman += part * (std::isnan(each.spearman) ? 0 : each.spearman);  // an undefined correlation counts as 0
    mean.regret += part * each.regret;
    mean.error += part * each.error;
    mean.trusted += part * each.trusted;
  }
  return mean;
}

inline Index trajectories_of(const Options& options, std::size_t share) {
  return static_cast<Index>(std::llround(shares[share] * static_cast<double>(options.trajectories)));
}

/// Returns the smallest size from which on the mean rank correlation is at least 0.9; nothing if the largest size is
/// too small.
inline std::optional<Index> reliable_from(const Options& options, const Study& study, std::size_t estimator) {
  std::optional<Index> from;
  for (std::size_t s = shares.size(); s-- > 0;) {
    if (mean_ranking(options, study, s, estimator).spearman < 0.9) break;
    from = trajectories_of(options, s);
  }
  return from;
}

inline void write_answers(CsvWriter& csv, const char* data, Index trajectories, Index replication,
                          const std::vector<Candidate>& policies, const Cell& cell) {
  for (std::size_t p = 0; p < policies.size(); ++p)
    for (const PolicyEstimate& each : cell.answers[p])
      csv.row({data, trajectories, replication, policies[p].name, each.estimator, each.estimate, each.standard_error,
               each.interval.lower, each.interval.upper, each.effective_sample_size,
               static_cast<Index>(each.warnings.size()), policies[p].truth.mean, policies[p].truth.standard_error});
}

inline void write_tables(const Options& options, const Study& broad, const NarrowStudy& narrow) {
  CsvWriter estimates(options.out / "estimates.csv",
                      {"data", "trajectories", "replication", "policy", "estimator", "estimate", "standard_error",
                       "lower", "upper", "effective_sample_size", "warnings", "truth", "truth_error"});
  CsvWriter ranks(options.out / "ranking.csv", {"trajectories", "estimator", "spearman", "regret", "error", "trusted"});
  const auto count = static_cast<std::size_t>(options.replications);
  for (std::size_t s = 0; s < shares.size(); ++s) {
    for (std::size_t r = 0; r < count; ++r)
      write_answers(estimates, "broad", trajectories_of(options, s), static_cast<Index>(r), broad.policies,
                    broad.cells[s * count + r]);
    for (std::size_t e = 0; e < names.size(); ++e) {
      const Ranking mean = mean_ranking(options, broad, s, e);
      ranks.row({trajectories_of(options, s), names[e], mean.spearman, mean.regret, mean.error, mean.trusted});
    }
  }
  const Index episodes = options.narrow.transitions / narrow.narrow.estimand.horizon;
  write_answers(estimates, "narrow", episodes, 0, narrow.narrow.policies, narrow.narrow.cells.front());
}

inline void print_policies(const Study& study) {
  std::printf("\n| policy | true value |\n|---|---|\n");
  for (const Candidate& each : study.policies)
    std::printf("| %s | %.3f ± %.3f |\n", each.name.c_str(), each.truth.mean, each.truth.standard_error);
}

inline void print_broad(const Options& options, const Study& study) {
  std::printf("Broad data: estimated is %s; %td datasets.\n", study.estimand.text().c_str(), options.replications);
  print_policies(study);
  std::printf("\n| Spearman, regret of the first |");
  for (std::size_t s = 0; s < shares.size(); ++s) std::printf(" %td trajectories |", trajectories_of(options, s));
  std::printf(" no warning at all of them | reliable from |\n|---|");
  for (std::size_t s = 0; s < shares.size() + 2; ++s) std::printf("---|");
  for (std::size_t e = 0; e < names.size(); ++e) {
    std::printf("\n| %s |", names[e].c_str());
    for (std::size_t s = 0; s < shares.size(); ++s) {
      const Ranking mean = mean_ranking(options, study, s, e);
      std::printf(" %.2f, %.0f %% |", mean.spearman, 100 * mean.regret);
    }
    const auto from = reliable_from(options, study, e);
    std::printf(" %.0f %% | %s |", 100 * mean_ranking(options, study, shares.size() - 1, e).trusted,
                from ? std::to_string(*from).c_str() : "–");
  }
  std::printf("\n");
}

inline void print_narrow(const NarrowStudy& study) {
  std::printf("\nNarrow data: estimated is %s.\n", study.narrow.estimand.text().c_str());
  std::printf("The main job's own: %s\n",
              study.refusal.empty() ? "not refused, against what is expected" : study.refusal.c_str());
  std::printf("Draws of its clone instead:\n\n| policy | true value |");
  for (const std::string& name : names) std::printf(" %s |", name.c_str());
  std::printf(" effective n |\n|---|---|");
  for (std::size_t e = 0; e < names.size() + 1; ++e) std::printf("---|");
  const Cell& cell = study.narrow.cells.front();
  for (std::size_t p = 0; p < study.narrow.policies.size(); ++p) {
    const Candidate& policy = study.narrow.policies[p];
    std::printf("\n| %s | %.1f |", policy.name.c_str(), policy.truth.mean);
    for (const PolicyEstimate& each : cell.answers[p])
      std::printf(" %.3g%s |", each.estimate, each.warnings.empty() ? "" : " !");
    std::printf(" %.1f |", cell.answers[p][1].effective_sample_size);
  }
  std::printf("\n| Spearman | |");
  for (const Ranking& rank : cell.ranks) std::printf(" %.2f |", rank.spearman);
  std::printf(" |\n\n!: with a warning. They are:\n");
  std::vector<std::string> told;
  for (const Answers& answers : cell.answers)
    for (const PolicyEstimate& each : answers)
      for (const std::string& warning : each.warnings)
        if (std::find(told.begin(), told.end(), warning) == told.end()) told.push_back(warning);
  for (const std::string& warning : told) std::printf("- %s\n", warning.c_str());
}

inline void print_report(const Options& options, const Study& broad, const NarrowStudy& narrow) {
  print_broad(options, broad);
  print_narrow(narrow);
}

/// Returns a gnuplot script: rank correlation and error over the size of the data.
inline std::string picture_script(const Options& options, const Study& study) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1200,460 font 'sans,11'\nset output 'evaluator_ranking.png'\n"
     << "set multiplot layout 1,2\nset logscale x\nset xlabel 'trajectories'\nset grid\n"
     << "set xrange [" << 0.8 * static_cast<double>(trajectories_of(options, 0)) << ':'
     << 1.25 * static_cast<double>(trajectories_of(options, shares.size() - 1)) << "]\n"
     << "set key bottom right Left reverse samplen 2\n";
  for (std::size_t e = 0; e < names.size(); ++e) {
    gp << "$e" << e << " << EOD\n";
    for (std::size_t s = 0; s < shares.size(); ++s) {
      const Ranking mean = mean_ranking(options, study, s, e);
      gp << trajectories_of(options, s) << ' ' << mean.spearman << ' ' << mean.error << '\n';
    }
    gp << "EOD\n";
  }
  const auto plot = [&](int column) {
    gp << "plot ";
    for (std::size_t e = 0; e < names.size(); ++e) {
      const program::Look look = program::look_of(names[e]);
      gp << (e == 0 ? "" : ", ") << "$e" << e << " using 1:" << column << " with linespoints linewidth 2 pointtype "
         << look.point << " linecolor rgb '" << look.color << "' title '" << names[e] << "' noenhanced";
    }
    gp << '\n';
  };
  gp << "set title 'Rank correlation of estimates and true values'\nset ylabel 'Spearman'\nset yrange [*:1.05]\n";
  plot(2);
  gp << "set title 'Error of the estimates'\nset ylabel 'in shares of the distance from best to worst'\n"
     << "set logscale y\nset yrange [*:*]\nset key off\n";
  plot(3);
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace ranking
