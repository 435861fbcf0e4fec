/// \file
/// The printed table, and warnings about it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/training/rollout.hpp"
#include "studies/open_bandit/evaluate.hpp"
#include "studies/open_bandit/options.hpp"

namespace bandit {

/// Returns a number as text; "–" if it is not finite.
inline std::string text_of(double number, const char* format) {
  if (!std::isfinite(number)) return "–";
  char text[48];
  std::snprintf(text, sizeof text, format, number);
  return text;
}
/// Returns the clicks per 1,000 recommendations as text.
inline std::string per_thousand(double clicked) { return text_of(1000 * clicked, "%.3f"); }

/// Prints the clicks that the policy that made a log earned.
inline void print_log(const char* what, const std::filesystem::path& file, const Data& log) {
  const Estimate own = estimate_mean(log.rewards);
  std::printf("%s %s: %td recommendations, %.0f clicks: %s ± %s of 1000\n", what, file.c_str(), log.size(),
              log.rewards.sum(), per_thousand(own.mean).c_str(), per_thousand(own.standard_error).c_str());
}

inline void print_estimates(const std::vector<PolicyEstimate>& estimates) {
  std::printf(
      "| estimator | clicks of 1000 | standard error | 95 %% interval | effective sample size "
      "|\n|---|---|---|---|---|\n");
  for (const PolicyEstimate& each : estimates)
    std::printf("| %s | %s | %s | %s to %s | %s |\n", each.estimator.c_str(), per_thousand(each.estimate).c_str(),
                per_thousand(each.standard_error).c_str(), per_thousand(each.interval.lower).c_str(),
                per_thousand(each.interval.upper).c_str(), text_of(each.effective_sample_size, "%.0f").c_str());
}

/// Warns if a log looks like one of the other campaign.
inline void warn_of_campaign(const std::filesystem::path& file, const Data& log) {
  if (const std::string suspicion = suspect_other_campaign(log); !suspicion.empty())
    program::warn(file.string() + ": " + suspicion);
}

/// Evaluates the policy and prints the results. Throws like read_log and evaluate.
inline void run(const Options& options) {
  const Matrix<double> shown = chances(options.policy, options.campaign);
  const Episodes log(read_log(options.log, shown.rows()));
  const Data own = options.truth.empty() ? Data{} : read_log(options.truth, shown.rows());
  warn_of_campaign(options.log, log.data);
  warn_of_campaign(options.truth, own);
  TabularPolicy policy = policy_of(shown);
  const auto evaluation =
      evaluate(log, policy, options.folds, {.cap = options.clip, .resamples = options.resamples, .seed = options.seed});
  const std::vector<PolicyEstimate> estimates = evaluation.estimates(asked);

  print_log("log", options.log, log.data);
  std::printf("policy %s of the campaign %s, %td items; weights: mean %s ± %s\n\n", options.policy.c_str(),
              options.campaign.c_str(), shown.rows(), text_of(evaluation.overlap().mean_weight, "%.3f").c_str(),
              text_of(evaluation.overlap().mean_weight_error, "%.3f").c_str());
  print_estimates(estimates);
  std::printf("\n");
  if (own.size() > 0) print_log("truth", options.truth, own);
  for (const std::string& warning : distinct_warnings(estimates)) std::printf("! %s\n", warning.c_str());
  std::printf("dm: its error and interval are those of the positions alone, not of its click rates\n");
}

}  // namespace bandit
