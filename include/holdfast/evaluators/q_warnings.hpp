/// \file
/// Warnings about the Q that an estimate rests on.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/estimate_options.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/quantiles.hpp"
#include "holdfast/training/rollout.hpp"

namespace holdfast::detail {

/// Warns where rewards such as those of the log cannot add up to what Q says of the initial states. A fit is off by
/// something: a twentieth of the attainable range is left to that, which what diverges soon passes. Of rewards that are
/// all 0 nothing is said: every Q leaves a range without width.
inline void warn_of_attainability(const EvaluationLog& log, const ActionValues& values,
                                  std::vector<std::string>& warnings) {
  const double steps = discounted_steps(log.estimand);
  if (!std::isfinite(steps)) return;
  const Interval possible = attainable_sums({log.rewards.minCoeff(), log.rewards.maxCoeff()}, steps);
  if (possible.lowest == possible.highest) return;
  const double slack = (possible.highest - possible.lowest) / 20;
  const double mean = values.initial.mean();
  if (!Interval{possible.lowest - slack, possible.highest + slack}.contains(mean))
    warnings.push_back(message("Q says ", mean, ", but such rewards cannot add up to more than ", possible.highest,
                               " or less than ", possible.lowest, ": it has diverged, or is not trained long enough"));
}

/// Σ_t γ^t x_t of each trajectory of the log (1×n), of a number x for each of its steps.
inline Row<double> discounted_sums(const EvaluationLog& log, const Row<double>& steps) {
  Row<double> sums(log.size());
  for (Index i = 0; i < log.size(); ++i) {
    const TrajectoryRange& range = log.trajectories[i];
    double sum = 0;
    for (Index row = range.end - 1; row >= range.begin; --row) sum = steps(row) + log.estimand.discount * sum;
    sums(i) = sum;
  }
  return sums;
}

/// Warns where Q does not fit the log. Of a right Q the error δ = r + γ V(s′) − Q(s, a) has the mean zero at every
/// state and action, whoever acts; so has Σ_t γ^t δ_t of a trajectory, by which a Q that is the same amount off
/// everywhere is off. It speaks against Q where its mean is farther from zero than, by Student's t, that of normal sums
/// is in one log of 2 million, and than a tenth of the value and a tenth of the standard deviation of the returns
/// besides. A single trajectory says nothing.
inline void warn_of_misfit(const EvaluationLog& log, const ActionValues& values, std::vector<std::string>& warnings) {
  if (log.size() < 2) return;
  constexpr double false_alarms = 5e-7;
  const Estimate off = estimate_mean(discounted_sums(log, temporal_differences(log, values)));
  const auto count = static_cast<double>(log.size());
  const double spread = std::sqrt(count) * estimate_mean(discounted_sums(log, log.rewards)).standard_error;
  const double value = values.initial.mean();
  const double tolerance = (std::max(std::abs(value), std::abs(value + off.mean)) + spread) / 10;
  if (std::abs(off.mean) > student_t_quantile(1 - false_alarms / 2, count - 1) * off.standard_error + tolerance)
    warnings.push_back(message("Q does not fit the data: it says ", value,
                               ", and along a trajectory its errors add up to ", off.mean, " ± ", off.standard_error,
                               ": it is not trained long enough, or cannot represent the values"));
}

/// Warns where more than a tenth of an estimate without a horizon is not data but Q, after trajectories that were cut.
inline void warn_of_continuation(const EvaluationLog& log, std::vector<std::string>& warnings) {
  double cut = 0;
  for (const TrajectoryRange& range : log.trajectories)
    if (!range.terminal) cut += std::pow(log.estimand.discount, static_cast<double>(range.size()));
  const double share = cut / static_cast<double>(log.size());
  if (share > 0.1)
    warnings.push_back(message("trajectories were cut, and what follows is what Q says, with a weight of ",
                               std::round(100 * share) / 100, ": record longer ones, or ask for a horizon"));
}

}  // namespace holdfast::detail
