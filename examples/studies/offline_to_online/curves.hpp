/// \file
/// The curves of the runs: their table, and their figures: where a curve begins, how deep it dips, how long, where it
/// ends, and its regret.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "studies/support/csv_reader.hpp"

namespace offline_to_online {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// The scores of a run, by online steps; the first is that of the learner as it begins online.
struct Curve {
  std::vector<Index> steps{};
  std::vector<double> scores{};
  Index stopped = 0;  ///< the update or online step after which a number was not finite any more; 0: all were

  [[nodiscard]] SavedState saved_state() const {
    return {state_entry("steps", steps), state_entry("scores", scores), state_entry("stopped", std::vector{stopped})};
  }
  /// Throws DataError if the state is of something else; the curve is then unchanged.
  void restore_state(const SavedState& saved) {
    Curve restored{numbers_of<Index>(entry_named(saved, "steps")), numbers_of<double>(entry_named(saved, "scores"))};
    const auto last = numbers_of<Index>(entry_named(saved, "stopped"));
    if (restored.steps.size() != restored.scores.size() || last.size() != 1)
      throw DataError("saved state: expected a curve with a score for each step, found another one");
    restored.stopped = last.front();
    *this = std::move(restored);
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
  double dip_steps = 0;  ///< online steps for which it is below that, by the measurements
  double level = 0;      ///< mean of the last three measurements
  double regret = 0;     ///< mean of 1 − score/100 over the online measurements, as Nakamoto et al. 2023 define it
};

/// Returns the figures of a curve of at least two measurements.
inline Figures figures_of(const Curve& curve) {
  Figures figures{.offline = curve.scores.front()};
  double sum = 0;
  for (std::size_t i = 1; i < curve.scores.size(); ++i) {
    const double missing = figures.offline - curve.scores[i];
    figures.dip = std::max(figures.dip, missing);
    if (missing > 0) figures.dip_steps += static_cast<double>(curve.steps[i] - curve.steps[i - 1]);
    sum += curve.scores[i];
  }
  const std::ptrdiff_t online = std::ssize(curve.scores) - 1;
  const std::ptrdiff_t last = std::min<std::ptrdiff_t>(3, online);
  figures.level = std::accumulate(curve.scores.end() - last, curve.scores.end(), 0.0) / static_cast<double>(last);
  figures.regret = 1 - sum / static_cast<double>(online) / 100;
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
    const Index seed = csv.whole(2, 0, std::numeric_limits<Index>::max());
    const bool goes_on =
        !all.empty() && all.back().environment == environment && all.back().method == method && all.back().seed == seed;
    if (!goes_on) all.push_back({environment, method, seed, {}});
    all.back().curve.steps.push_back(csv.whole(3, 0, 1000000000));
    all.back().curve.scores.push_back(csv.number(4, Interval{}));
  }
  return all;
}

}  // namespace offline_to_online
