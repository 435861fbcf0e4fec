/// \file
/// The tables summary.csv and curves.csv, and the text on the terminal.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/offline_sac_failure/events.hpp"

namespace failure {

/// The reference values that runs are compared with.
struct Yardsticks {
  Interval attainable{};  ///< [r_min/(1−γ), r_max/(1−γ)]
  Interval rewards{};
  double discount = 0;
  double behavior_value = 0;  ///< mean discounted return of the data itself
  double data_distance = 0;   ///< distance of the data's own actions from each other
  double clone_score = 0;     ///< mean over the runs of bc
  std::optional<double> online_score{};
};

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// Returns the mean score of an algorithm's runs; NaN if there are none.
inline double mean_score(const std::vector<Run>& runs, const std::string& algorithm) {
  double total = 0;
  int count = 0;
  for (const Run& run : runs)
    if (run.algorithm == algorithm) {
      total += run.last().score;
      ++count;
    }
  return count == 0 ? nothing : total / count;
}

/// The Q-values at the end of a run.
struct Final {
  double predicted_q = nothing;
  double true_q = nothing;
  double ratio = nothing;      ///< predicted / true, if the true value is positive
  double inflation = nothing;  ///< (predicted − true) (1 − γ) / (r_max − r_min)

  Final(const Run& run, const Yardsticks& y) : true_q(run.last().true_q.mean) {
    if (!run.has_critics) return;
    predicted_q = run.last().diagnostics.q_policy_mean;
    if (true_q > 0) ratio = predicted_q / true_q;
    const double width = y.rewards.highest - y.rewards.lowest;
    if (std::isfinite(width)) inflation = (predicted_q - true_q) * (1 - y.discount) / width;
  }
};

inline void write_summary(const std::filesystem::path& file, const std::vector<Run>& runs, const Yardsticks& y) {
  CsvWriter csv(file, {"seed", "algorithm", "return_mean", "return_stderr", "normalized_score", "predicted_q", "true_q",
                       "q_ratio", "inflation", "behavior_q", "q_bound", "explosion_step", "departure_step",
                       "collapse_step", "warning_step", "overestimation_step"});
  for (const Run& run : runs) {
    const Final last(run, y);
    const Point& point = run.last();
    csv.row({static_cast<Index>(run.seed), run.algorithm, point.episode_return.mean,
             point.episode_return.standard_error, point.score, last.predicted_q, last.true_q, last.ratio,
             last.inflation, y.behavior_value, y.attainable.highest, run.explosion, run.departure, run.collapse,
             run.warning, run.overestimation});
  }
}

inline void write_curves(const std::filesystem::path& file, const std::vector<Run>& runs, const Yardsticks& y) {
  CsvWriter csv(file, {"seed", "algorithm", "step", "q_policy_mean", "q_policy_max", "q_data_mean", "q_data_max",
                       "true_q", "true_q_stderr", "implied_q", "entropy_bonus", "return_mean", "return_stderr",
                       "normalized_score", "action_distance", "data_distance", "entropy", "temperature"});
  for (const Run& run : runs)
    for (const Point& point : run.curve) {
      const Diagnostics& d = point.diagnostics;
      const auto critics = [&](double value) { return run.has_critics ? value : nothing; };
      csv.row({static_cast<Index>(run.seed), run.algorithm, point.step, critics(d.q_policy_mean),
               critics(d.q_policy_max), critics(d.q_data_mean), critics(d.q_data_max), point.true_q.mean,
               point.true_q.standard_error, critics(d.predicted.implied_value), critics(d.predicted.entropy_bonus),
               point.episode_return.mean, point.episode_return.standard_error, point.score, d.action_distance,
               y.data_distance, d.entropy, d.temperature});
    }
}

inline std::string text_of(const std::optional<Index>& step) { return step ? std::to_string(*step) : "-"; }

inline void print_table(const std::vector<Run>& runs, const Yardsticks& y) {
  const auto head = [](auto... words) {
    std::printf("%-15s %4s %8s %6s %12s %12s %9s | %8s %8s %8s %8s %8s\n", words...);
  };
  std::printf("\n");
  head("algorithm", "seed", "return", "score", "predicted Q", "true Q", "inflation", "actions", "return", "Q passed",
       "warning", "Q left");
  head("", "", "", "", "", "", "", "left at", "fell at", "truth at", "at", "range at");
  for (const Run& run : runs) {
    const Final last(run, y);
    const Point& point = run.last();
    std::printf("%-15s %4llu %8.1f %6.1f ", run.algorithm.c_str(), static_cast<unsigned long long>(run.seed),
                point.episode_return.mean, point.score);
    if (run.has_critics)
      std::printf("%12.1f %12.1f %9.2f", last.predicted_q, last.true_q, last.inflation);
    else
      std::printf("%12s %12.1f %9s", "-", last.true_q, "-");
    std::printf(" | %8s %8s %8s %8s %8s\n", text_of(run.departure).c_str(), text_of(run.collapse).c_str(),
                text_of(run.overestimation).c_str(), text_of(run.warning).c_str(), text_of(run.explosion).c_str());
  }
}

/// Returns in how many runs of an algorithm `holds` is true, in the form "3 of 5".
template <class Holds>
std::string count(const std::vector<Run>& runs, const std::string& algorithm, Holds&& holds) {
  int yes = 0;
  int all = 0;
  for (const Run& run : runs)
    if (run.algorithm == algorithm) {
      ++all;
      yes += holds(run) ? 1 : 0;
    }
  return message(yes, " of ", all);
}

/// Returns whether the first event came before the second. An event that never came counts as later than any that did.
inline bool before(const std::optional<Index>& first, const std::optional<Index>& second) {
  return first && (!second || *first < *second);
}

inline void print_verdict(const std::vector<Run>& runs, const Yardsticks& y) {
  std::printf("\nscores: 0 random, 100 the environment's good policy; clone %.1f", y.clone_score);
  if (y.online_score) std::printf(", the same SAC trained online %.1f", *y.online_score);
  std::printf("\nQ: the data itself earned %.1f; no policy can earn more than %.1f or less than %.1f\n",
              y.behavior_value, y.attainable.highest, y.attainable.lowest);
  if (!(y.clone_score > 0)) {
    std::printf("\nno verdict: the clone itself has no positive score to hold the others against\n");
    return;
  }
  for (const std::string algorithm : off_policy) {
    if (std::isnan(mean_score(runs, algorithm))) continue;
    std::printf("\n%s\n", algorithm.c_str());
    const auto say = [&](const char* what, auto&& holds) {
      std::printf("  %-84s %s\n", what, count(runs, algorithm, holds).c_str());
    };
    say("predicted Q at least 10 times the true value, or positive where the true one is not", [&](const Run& run) {
      const Final last(run, y);
      return last.predicted_q > 0 && last.predicted_q >= 10 * last.true_q;
    });
    say("predicted Q above what the data itself earned",
        [&](const Run& run) { return Final(run, y).predicted_q > y.behavior_value; });
    say("predicted Q above what any policy can earn",
        [&](const Run& run) { return Final(run, y).predicted_q > y.attainable.highest; });
    say("score below a fifth of the clone's",
        [&](const Run& run) { return run.last().score < collapse_share * y.clone_score; });
    say("actions never near the data", [](const Run& run) { return run.departure && *run.departure == 0; });
    say("actions near the data, and left it before the return fell",
        [](const Run& run) { return run.departure && *run.departure > 0 && before(run.departure, run.collapse); });
    say("the return fell before Q passed its true value",
        [](const Run& run) { return before(run.collapse, run.overestimation); });
    say("the return fell before Q left what is attainable",
        [](const Run& run) { return before(run.collapse, run.explosion); });
    say("the warning came before Q left what is attainable",
        [](const Run& run) { return before(run.warning, run.explosion); });
  }
  for (const Run& run : runs)
    if (run.algorithm == "sac_warm_start" && run.departure)
      std::printf(
          "\nfrom a cloned policy: actions left the data at step %s, the return fell at %s, Q passed its true value at "
          "%s, the warning came at %s, Q left what is attainable at %s\n",
          text_of(run.departure).c_str(), text_of(run.collapse).c_str(), text_of(run.overestimation).c_str(),
          text_of(run.warning).c_str(), text_of(run.explosion).c_str());
}

}  // namespace failure
