/// \file
/// Warnings about the Q that an estimate uses.
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

/// Adds a warning if the mean of Q over the initial states is outside the range that sums of rewards like those of the
/// log can reach. Every fit has some error, so the mean may be outside by a twentieth of the length of the range; a Q
/// that diverges soon exceeds this. There is no warning if the range has no length, as when all rewards are 0: every Q
/// leaves such a range.
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

/// Returns Σ_t γ^t x_t of each trajectory of the log (1×n), where `steps` holds x of each step.
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

/// Adds a warning if Q does not fit the log. For the true Q, the error δ = r + γ V(s′) − Q(s, a) has mean zero at every
/// state and action, for any behavior policy. So has the sum Σ_t γ^t δ_t over a trajectory; if Q is wrong by a
/// constant, the sum is wrong by the same amount. The warning is given if the mean of these sums differs from zero by
/// more than a tolerance plus a quantile of Student's t times its standard error. The quantile gives a false alarm in
/// one of 2 million logs if the sums are normal. The tolerance is a tenth of the value plus a tenth of the standard
/// deviation of the returns. A single trajectory gives no warning.
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

/// Adds a warning if more than a tenth of an estimate without a horizon comes not from data but from Q, after
/// trajectories that were cut.
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
