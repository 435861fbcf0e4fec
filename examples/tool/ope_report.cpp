#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/evaluators/ranking.hpp"
#include "tool/json.hpp"
#include "tool/ope_options.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

std::string number(double value, const char* format = "%.4g") {
  if (std::isnan(value)) return "–";
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Returns `text` with spaces in front, so that it is `width` characters wide; a character of several bytes counts as
/// one.
std::string padded(const std::string& text, std::size_t width) {
  const auto characters = static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
  return std::string(width > characters ? width - characters : 0, ' ') + text;
}

/// Returns the names of the estimators that rest on Q, in the form "dm and magic".
std::string resting_on_q() {
  return listed(OpeEstimators::names_of([](const EstimatorRow& each) { return each.rests_on_q; }));
}

void print_table(const OpeOptions& options, const OpeResult& result) {
  std::printf("\n%s\n%s%s%s%s%s%s\n", result.policy.c_str(), padded("estimator", 11).c_str(),
              padded("estimate", 12).c_str(), padded("std. error", 12).c_str(),
              padded(number(100 * options.confidence, "%.6g") + " % interval", 26).c_str(),
              padded("effective n", 13).c_str(), result.validated ? padded("with episodes", 24).c_str() : "");
  for (std::size_t i = 0; i < result.estimates.size(); ++i) {
    const PolicyEstimate& each = result.estimates[i];
    const std::string interval = std::isnan(each.interval.lower)
                                     ? "–"
                                     : "[" + number(each.interval.lower) + ", " + number(each.interval.upper) + "]";
    std::string both;
    if (result.validated && std::isnan(result.combined[i].mean))
      both = "–";
    else if (result.validated)
      both = number(result.combined[i].mean) + " ± " + number(result.combined[i].standard_error, "%.2g");
    std::printf("%s%s%s%s%s%s\n", padded(each.estimator, 11).c_str(), padded(number(each.estimate), 12).c_str(),
                padded(number(each.standard_error, "%.3g"), 12).c_str(), padded(interval, 26).c_str(),
                padded(number(each.effective_sample_size, "%.1f"), 13).c_str(),
                result.validated ? padded(both, 24).c_str() : "");
  }
  if (result.validated)
    std::printf("%s%s%s   (%td real episodes)\n", padded("episodes", 11).c_str(),
                padded(number(result.episodes.mean), 12).c_str(),
                padded(number(result.episodes.standard_error, "%.3g"), 12).c_str(), options.validate_episodes);
  if (result.overlap)
    std::printf("  weights: the largest is %.1f %% of their sum, the top hundredth %.1f %%; their mean%s %s ± %s\n",
                100 * result.overlap->largest_share, 100 * result.overlap->top_share,
                std::isfinite(options.clip) ? ", uncapped," : "", number(result.overlap->mean_weight).c_str(),
                number(result.overlap->mean_weight_error, "%.2g").c_str());
  for (const std::string& warning : result.warnings) std::printf("  ! %s\n", warning.c_str());
  if (std::any_of(result.estimates.begin(), result.estimates.end(),
                  [](const PolicyEstimate& each) { return OpeEstimators::find(each.estimator).rests_on_q; }))
    std::printf("  %s are as wrong as their Q, which their standard errors do not know\n", resting_on_q().c_str());
  for (const std::string& warning : distinct_warnings(result.estimates)) std::printf("  ! %s\n", warning.c_str());
}

/// Returns the sign between neighbors of a ranking: " = " for equal estimates, " > " if their intervals do not overlap,
/// else " >~ ". Estimators that rest on Q never get " > ", because their intervals leave out the error of Q.
const char* relation(const PolicyEstimate& better, const PolicyEstimate& other) {
  if (better.estimate == other.estimate) return " = ";
  const bool apart = better.interval.lower > other.interval.upper;
  return apart && !OpeEstimators::find(better.estimator).rests_on_q ? " > " : " >~ ";
}

/// Returns one estimator's estimates of all policies, in their order; empty if one is missing or not finite.
std::vector<const PolicyEstimate*> estimates_of(const OpeResults& results, const std::string& estimator) {
  std::vector<const PolicyEstimate*> found;
  for (const OpeResult& result : results.policies)
    for (const PolicyEstimate& each : result.estimates)
      if (each.estimator == estimator && std::isfinite(each.estimate)) found.push_back(&each);
  if (found.size() != results.policies.size()) found.clear();
  return found;
}

void print_rankings(const OpeResults& results) {
  const bool validated = results.policies.front().validated;
  Row<double> earned(static_cast<Index>(results.policies.size()));
  for (Index i = 0; i < earned.size(); ++i) earned(i) = results.policies[static_cast<std::size_t>(i)].episodes.mean;
  std::printf("\nranking, best first: > intervals apart, >~ not told apart (%s never are), = equal%s\n",
              resting_on_q().c_str(),
              validated ? " (against the episodes: Spearman, Kendall, regret of the first)" : "");
  for (const PolicyEstimate& each : results.policies.front().estimates) {
    const std::vector<const PolicyEstimate*> found = estimates_of(results, each.estimator);
    if (found.empty()) continue;
    Row<double> estimates(static_cast<Index>(found.size()));
    for (std::size_t i = 0; i < found.size(); ++i) estimates(static_cast<Index>(i)) = found[i]->estimate;
    std::vector<std::size_t> order(found.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return found[a]->estimate > found[b]->estimate; });
    std::string line = results.policies[order.front()].policy;
    for (std::size_t place = 1; place < order.size(); ++place)
      line += relation(*found[order[place - 1]], *found[order[place]]) + results.policies[order[place]].policy;
    if (validated)
      line += "   (" + number(spearman(earned, estimates), "%.2f") + ", " + number(kendall(earned, estimates), "%.2f") +
              ", " + number(regret_at(1, earned, estimates)) + ")";
    std::printf("%s  %s\n", padded(each.estimator, 11).c_str(), line.c_str());
  }
}

void print_json(const OpeResults& results) {
  program::JsonList list;
  for (const OpeResult& result : results.policies)
    for (std::size_t i = 0; i < result.estimates.size(); ++i) {
      const PolicyEstimate& each = result.estimates[i];
      program::JsonList warnings;
      for (const std::string& warning : result.warnings) warnings.add(warning);
      for (const std::string& warning : each.warnings) warnings.add(warning);
      const bool weighed = result.overlap && OpeEstimators::find(each.estimator).weighs_trajectories();
      program::JsonObject object;
      object.add("estimand", results.estimand)
          .add("policy", result.policy)
          .add("estimator", each.estimator)
          .add("estimate", each.estimate)
          .add("standard_error", each.standard_error)
          .add("lower", each.interval.lower)
          .add("upper", each.interval.upper)
          .add("effective_sample_size", each.effective_sample_size)
          .add("largest_share", weighed ? result.overlap->largest_share : std::nan(""))
          .add("top_share", weighed ? result.overlap->top_share : std::nan(""))
          .add("trustworthy", each.trustworthy && result.warnings.empty())
          .add("warnings", warnings);
      if (result.validated)
        object.add("validated", result.combined[i].mean)
            .add("validated_standard_error", result.combined[i].standard_error)
            .add("episodes", result.episodes.mean)
            .add("episodes_standard_error", result.episodes.standard_error);
      list.add(object);
    }
  std::printf("%s\n", list.text().c_str());
}

}  // namespace

void report_ope(const OpeOptions& options, const OpeResults& results) {
  if (options.json) {
    print_json(results);
    return;
  }
  std::printf("estimated: %s\ndata: %s, %td trajector%s", results.estimand.c_str(), options.dataset.c_str(),
              results.trajectories, results.trajectories == 1 ? "y" : "ies");
  if (results.dropped > 0) std::printf(" (and %td that broke off, left out)", results.dropped);
  if (results.behind_gaps > 0)
    std::printf(", without %td transitions that may begin inside an episode, behind a gap", results.behind_gaps);
  std::printf("\n");
  for (const OpeResult& result : results.policies) print_table(options, result);
  if (results.policies.size() > 1) print_rankings(results);
}

}  // namespace tool
