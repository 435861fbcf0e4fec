/// \file
/// Summaries of the results on all datasets, and their tables.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "studies/horizon_wall/run.hpp"

namespace wall {

/// The results of one estimator at one horizon, over all datasets.
struct Summary {
  double bias = 0;     ///< mean error
  double rmse = 0;     ///< root of the mean squared error
  double typical = 0;  ///< median of the absolute error
  double largest = 0;  ///< largest absolute error
  double lost = 0;     ///< share of the estimates below a tenth of the true value
  double claimed = 0;  ///< median of the standard error that it claims
  double exact = 0;    ///< its true standard error, by dynamic programming (dr: with the exact Q); NaN if unknown
  std::array<double, method_count> covered = {};     ///< share of the intervals that contain the true value
  std::array<double, method_count> half_width = {};  ///< medians

  /// Returns the true standard error if it is known, else the measured error.
  [[nodiscard]] double error() const { return std::isnan(exact) ? rmse : exact; }
};

struct HorizonSummary {
  Index horizon;
  Truth truth;
  double effective;  ///< median of the effective sample sizes
  std::array<Summary, estimator_count> of;
};

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

inline double exact_error(Estimator estimator, const Truth& truth) {
  if (estimator == is) return truth.is_error;
  if (estimator == pdis) return truth.pdis_error;
  if (estimator == dr) return truth.dr_error;
  return std::numeric_limits<double>::quiet_NaN();
}

inline Summary summary_of(Estimator estimator, const Truth& truth, const std::vector<const Answers*>& datasets) {
  Summary summary;
  summary.exact = exact_error(estimator, truth);
  const double share = 1 / static_cast<double>(datasets.size());
  double squares = 0;
  std::vector<double> claims;
  std::vector<double> errors;
  std::array<std::vector<double>, method_count> widths;
  for (const Answers* const dataset : datasets) {
    const Answer& answer = dataset->of[estimator];
    const double error = answer.value - truth.value;
    summary.bias += share * error;
    squares += share * error * error;
    summary.lost += answer.value < truth.value / 10 ? share : 0;
    errors.push_back(std::abs(error));
    claims.push_back(answer.claimed);
    for (std::size_t m = 0; m < method_count; ++m) {
      const ConfidenceInterval& interval = answer.intervals[m];
      summary.covered[m] += interval.contains(truth.value) ? share : 0;
      widths[m].push_back((interval.upper - interval.lower) / 2);
    }
  }
  summary.rmse = std::sqrt(squares);
  summary.typical = median(errors);
  summary.largest = *std::max_element(errors.begin(), errors.end());
  summary.claimed = median(claims);
  for (std::size_t m = 0; m < method_count; ++m) summary.half_width[m] = median(widths[m]);
  return summary;
}

/// Returns the summary at each horizon. `answers` holds, for each dataset, the results at each horizon.
inline std::vector<HorizonSummary> summaries(const Options& options, const std::vector<std::vector<Answers>>& answers) {
  std::vector<HorizonSummary> all;
  for (std::size_t h = 0; h < options.horizons.size(); ++h) {
    const Index horizon = options.horizons[h];
    std::vector<const Answers*> datasets;
    std::vector<double> effective;
    for (const std::vector<Answers>& dataset : answers) {
      datasets.push_back(&dataset[h]);
      effective.push_back(dataset[h].effective);
    }
    HorizonSummary summary{horizon, Truth(options, horizon), median(effective), {}};
    for (std::size_t e = 0; e < estimator_count; ++e)
      summary.of[e] = summary_of(static_cast<Estimator>(e), summary.truth, datasets);
    all.push_back(summary);
  }
  return all;
}

inline void write_tables(const std::filesystem::path& folder, const std::vector<HorizonSummary>& all) {
  CsvWriter errors(
      folder / "horizon_wall.csv",
      {"horizon", "value", "weight_square", "effective_sample_size", "estimator", "bias", "rmse",
       "claimed_standard_error", "exact_standard_error", "median_error", "largest_error", "below_a_tenth"});
  CsvWriter coverage(folder / "coverage.csv", {"horizon", "estimator", "interval", "covered", "half_width"});
  for (const HorizonSummary& at : all)
    for (std::size_t e = 0; e < estimator_count; ++e) {
      const Summary& s = at.of[e];
      errors.row({at.horizon, at.truth.value, at.truth.weight_square, at.effective, estimator_names[e], s.bias, s.rmse,
                  s.claimed, s.exact, s.typical, s.largest, s.lost});
      for (std::size_t m = 0; m < method_count; ++m)
        if (has(static_cast<Estimator>(e), static_cast<Method>(m)))
          coverage.row({at.horizon, estimator_names[e], method_names[m], s.covered[m], s.half_width[m]});
    }
}

}  // namespace wall
