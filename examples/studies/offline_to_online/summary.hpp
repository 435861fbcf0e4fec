/// \file
/// The figures of a curve: where it begins, how deep it dips, how long, where it ends, and its regret.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "studies/offline_to_online/run.hpp"
#include "studies/support/statistics.hpp"

namespace offline_to_online {

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

/// The means of figures over seeds, each with its 95 % interval.
struct Summary {
  program::Interval95 offline, dip, dip_steps, level, regret;

  explicit Summary(const std::vector<Figures>& all)
      : offline(each(all, &Figures::offline)),
        dip(each(all, &Figures::dip)),
        dip_steps(each(all, &Figures::dip_steps)),
        level(each(all, &Figures::level)),
        regret(each(all, &Figures::regret)) {}

 private:
  static std::vector<double> each(const std::vector<Figures>& all, double Figures::*figure) {
    std::vector<double> values;
    values.reserve(all.size());
    for (const Figures& one : all) values.push_back(one.*figure);
    return values;
  }
};

/// Returns the results of a method on a task.
inline std::vector<const Result*> results_of(const std::vector<Result>& all, const std::string& environment,
                                             const std::string& method) {
  std::vector<const Result*> found;
  for (const Result& result : all)
    if (result.environment == environment && result.method == method) found.push_back(&result);
  return found;
}

}  // namespace offline_to_online
