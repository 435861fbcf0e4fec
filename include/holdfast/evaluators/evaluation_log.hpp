/// \file
/// What estimators see of logged trajectories: rewards, and how much more likely the evaluated policy makes each step.
#pragma once

#include <cmath>
#include <optional>
#include <utility>

#include "holdfast/bellman/backup.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/estimand.hpp"

namespace holdfast {

/// N logged steps of n trajectories, in order, as seen from the evaluated policy π. Contextual bandits are trajectories
/// of one step.
struct EvaluationLog {
  Trajectories trajectories;  ///< n, of all steps
  Row<double> rewards;        ///< 1×N
  Row<double> log_ratios;     ///< 1×N, log π(a|s) − log π_b(a|s); −∞ where π never takes the action
  Estimand estimand;          ///< trajectories are no longer than its horizon

  /// n, the number of trajectories.
  [[nodiscard]] Index size() const { return trajectories.size(); }
  /// N, the number of steps.
  [[nodiscard]] Index steps() const { return rewards.size(); }

  /// ρ = π(a|s)/π_b(a|s) of the steps [begin, begin + count), 1×count.
  template <class = void>
  [[nodiscard]] Row<double> ratios(Index begin, Index count) const {
    return log_ratios.segment(begin, count).unaryExpr([](double ratio) {
      return std::exp(ratio);  // Eigen's vectorized exp(−∞) is not quite 0
    });
  }

  /// Throws DataError, naming the row, unless there is a trajectory, they cover the steps, each is within the horizon,
  /// rewards are finite and log-ratios below infinity; ConfigError where the estimand is out of range.
  void validate() const {
    estimand.validate();
    if (trajectories.empty()) throw DataError("trajectories: expected at least one, found none");
    for (const TrajectoryRange& range : trajectories) detail::require_within_horizon(range, estimand);
    if (trajectories.transitions() != steps() || log_ratios.size() != steps())
      throw DataError(message("expected as many rewards and log-ratios as the trajectories have steps, ",
                              trajectories.transitions(), ", found ", steps(), " and ", log_ratios.size()));
    for (Index row = 0; row < steps(); ++row) {
      if (!std::isfinite(rewards(row)))
        throw DataError(message("rewards: expected finite numbers, found ", rewards(row), " in row ", row));
      if (std::isnan(log_ratios(row)) || log_ratios(row) == INFINITY)
        throw DataError(message("log-ratios: expected numbers below infinity, found ", log_ratios(row), " in row ", row,
                                ": the behavior's probability of a logged action cannot be 0"));
    }
  }
};

/// What a Q says along a log, V being its expectation over the evaluated policy.
struct ActionValues {
  Row<double> q;        ///< 1×N, Q(s_t, a_t)
  Row<double> next;     ///< 1×N, V(s_{t+1}); 0 past the horizon and after a terminal
  Row<double> initial;  ///< 1×n, V(s_0)
  /// Of the Q that they come from; none where that is not known.
  std::optional<Estimand> estimand = std::nullopt;

  /// The Q that says nothing: with it the doubly robust estimators are importance sampling.
  [[nodiscard]] static ActionValues zero(const EvaluationLog& log) {
    return {Row<double>::Zero(log.steps()), Row<double>::Zero(log.steps()), Row<double>::Zero(log.size())};
  }
};

/// Throws DataError unless the values are finite, of the log's sizes, and of its estimand, as far as that is known:
/// nothing follows a terminal or the horizon.
template <class = void>
inline void check_values(const EvaluationLog& log, const ActionValues& values) {
  if (values.q.size() != log.steps() || values.next.size() != log.steps() || values.initial.size() != log.size())
    throw DataError(message("action values: expected ", log.steps(), " steps of ", log.size(), " trajectories, found ",
                            values.q.size(), " and ", values.next.size(), " of ", values.initial.size()));
  if (!values.q.allFinite() || !values.next.allFinite() || !values.initial.allFinite())
    throw DataError("action values: expected finite numbers, found others: the Q they come from has diverged");
  if (values.estimand && *values.estimand != log.estimand)
    throw DataError(message("action values: expected those of ", log.estimand.text(), ", found those of ",
                            values.estimand->text(), ": fit a Q to the estimand of the log"));
  for (const TrajectoryRange& range : log.trajectories) {
    const bool over = range.terminal || (!log.estimand.infinite() && range.size() == log.estimand.horizon);
    if (over && values.next(range.end - 1) != 0)
      throw DataError(message("action values: expected that nothing follows ",
                              range.terminal ? "a terminal" : "the horizon", ", found the value ",
                              values.next(range.end - 1), " after row ", range.end - 1,
                              ": they are those of a Q of another estimand; fit one to ", log.estimand.text()));
  }
}

/// δ_t = r_t + γ V(s_{t+1}) − Q(s_t, a_t), 1×N: by how much each step was better than Q said. Throws as `check_values`.
template <class = void>
[[nodiscard]] inline Row<double> temporal_differences(const EvaluationLog& log, const ActionValues& values) {
  check_values(log, values);
  Row<double> differences(log.steps());
  const auto discount = Row<double>::Constant(log.steps(), log.estimand.discount);
  differences = backup(log.rewards, discount, values.next) - values.q;
  return differences;
}

/// Σ_t γ^t r_t of each trajectory, and γ^T V(s_T) where `values` go on after its end, 1×n.
/// Throws as `check_values`.
template <class = void>
[[nodiscard]] inline Row<double> continued_returns(const EvaluationLog& log, const ActionValues& values) {
  check_values(log, values);
  Row<double> returns(log.size());
  for (Index i = 0; i < log.size(); ++i) {
    const TrajectoryRange& range = log.trajectories[i];
    double total = values.next(range.end - 1);
    for (Index row = range.end - 1; row >= range.begin; --row) total = log.rewards(row) + log.estimand.discount * total;
    returns(i) = total;
  }
  return returns;
}

#ifdef HOLDFAST_EXTERN
extern template void check_values<void>(const EvaluationLog&, const ActionValues&);
extern template Row<double> temporal_differences<void>(const EvaluationLog&, const ActionValues&);
extern template Row<double> continued_returns<void>(const EvaluationLog&, const ActionValues&);
#endif

}  // namespace holdfast
