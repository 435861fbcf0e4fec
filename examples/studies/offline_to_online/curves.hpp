/// \file
/// The curves of the runs: their table, and their figures: where a curve begins, how deep it dips, how long, where it
/// ends, and its regret.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/types.hpp"
#include "studies/support/csv_reader.hpp"

namespace offline_to_online {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// The scores of a run, by online steps; the first is that of the learner as it begins online.
struct Curve {
  std::vector<Index> steps;
  std::vector<double> scores;
  static void state(auto& self, auto&& visit) {
    visit("steps", self.steps);
    visit("scores", self.scores);
  }
};

/// One finished run.
struct Result {
  std::string environment;
  std::string method;
  Index seed = 0;
  Curve curve;
};

/// The figures of one run.
struct Figures {
  double offline = 0;    ///< score before the first online step
  double dip = 0;        ///< the most by which the score falls below that, at least 0
  double dip_steps = 0;  ///< online steps until a measurement is at that score again; those of the run if none is
  double level = 0;      ///< mean of the last three measurements
  double regret = 0;     ///< mean of 1 − score/100 over the online measurements, as Nakamoto et al. 2023 define it
};

/// Returns the figures of a curve of at least two measurements.
inline Figures figures_of(const Curve& curve) {
  const std::vector<double> online(curve.scores.begin() + 1, curve.scores.end());
  const auto count = static_cast<double>(online.size());
  Figures figures{.offline = curve.scores.front()};
  const auto lowest = std::min_element(online.begin(), online.end());
  figures.dip = std::max(0.0, figures.offline - *lowest);
  if (figures.dip > 0) {
    const auto back = std::find_if(lowest, online.end(), [&](double score) { return score >= figures.offline; });
    const auto at = back == online.end() ? online.size() - 1 : static_cast<std::size_t>(back - online.begin());
    figures.dip_steps = static_cast<double>(curve.steps[at + 1]);
  }
  const std::ptrdiff_t last = std::min<std::ptrdiff_t>(3, std::ssize(online));
  figures.level = std::accumulate(online.end() - last, online.end(), 0.0) / static_cast<double>(last);
  figures.regret = 1 - std::accumulate(online.begin(), online.end(), 0.0) / count / 100;
  return figures;
}

/// Returns the results of a method on a task.
inline std::vector<const Result*> results_of(const std::vector<Result>& all, const std::string& environment,
                                             const std::string& method) {
  std::vector<const Result*> found;
  for (const Result& result : all)
    if (result.environment == environment && result.method == method) found.push_back(&result);
  return found;
}

/// Writes a row for each measurement.
inline void write_results(const std::filesystem::path& file, const std::vector<Result>& all) {
  CsvWriter csv(file, {"environment", "algorithm", "seed", "online_steps", "score"});
  for (const Result& result : all)
    for (std::size_t i = 0; i < result.curve.steps.size(); ++i)
      csv.row({result.environment, result.method, result.seed, result.curve.steps[i], result.curve.scores[i]});
}

/// Reads what write_results wrote. Throws DataError if the file is not of that kind.
inline std::vector<Result> read_results(const std::filesystem::path& file) {
  program::CsvReader csv(file, {"environment", "algorithm", "seed", "online_steps", "score"});
  std::vector<Result> all;
  while (csv.next()) {
    const std::string environment(csv.text(0));
    const std::string method(csv.text(1));
    const Index seed = csv.whole(2, 0, 1000000000);
    const bool goes_on =
        !all.empty() && all.back().environment == environment && all.back().method == method && all.back().seed == seed;
    if (!goes_on) all.push_back({environment, method, seed, {}});
    all.back().curve.steps.push_back(csv.whole(3, 0, 1000000000));
    all.back().curve.scores.push_back(csv.number(4, Interval{}));
  }
  return all;
}

}  // namespace offline_to_online
