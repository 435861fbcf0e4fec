/// \file
/// The log that estimators use: the rewards and importance ratios of logged trajectories, and the values of a Q along
/// them.
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

/// N logged steps of n trajectories, in order, with their importance ratios for the evaluated policy π. A contextual
/// bandit's trajectories have one step.
struct EvaluationLog {
  Trajectories trajectories;  ///< n trajectories, which cover all steps
  Row<double> rewards;        ///< 1×N
  Row<double> log_ratios;     ///< 1×N, log π(a|s) − log π_b(a|s); −∞ if π never takes the action
  Estimand estimand;          ///< no trajectory is longer than its horizon

  /// Returns n, the number of trajectories.
  [[nodiscard]] Index size() const { return trajectories.size(); }
  /// Returns N, the number of steps.
  [[nodiscard]] Index steps() const { return rewards.size(); }

  /// Returns ρ = π(a|s)/π_b(a|s) of the steps [begin, begin + count), 1×count.
  template <class = void>
  [[nodiscard]] Row<double> ratios(Index begin, Index count) const {
    return log_ratios.segment(begin, count).unaryExpr([](double ratio) {
      return std::exp(ratio);  // Eigen's vectorized exp(−∞) is not exactly 0
    });
  }

  /// Throws DataError, naming the row, unless there is at least one trajectory, the trajectories cover the steps, each
  /// is within the horizon, rewards are finite, and log-ratios are below infinity. Throws ConfigError if the estimand
  /// is out of range.
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

/// The values of a Q along a log. V is the expectation of Q under the evaluated policy.
struct ActionValues {
  Row<double> q;        ///< 1×N, Q(s_t, a_t)
  Row<double> next;     ///< 1×N, V(s_{t+1}); 0 past the horizon and after a terminal state
  Row<double> initial;  ///< 1×n, V(s_0)
  /// Estimand of the Q; empty if unknown.
  std::optional<Estimand> estimand = std::nullopt;

  /// Returns the values of Q = 0, with which the doubly robust estimators become importance sampling.
  [[nodiscard]] static ActionValues zero(const EvaluationLog& log) {
    return {Row<double>::Zero(log.steps()), Row<double>::Zero(log.steps()), Row<double>::Zero(log.size())};
  }
};

/// Throws DataError unless the values are finite, have the log's sizes, have the log's estimand if their own is known,
/// and are 0 after a terminal state and after the horizon.
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

/// Returns δ_t = r_t + γ V(s_{t+1}) − Q(s_t, a_t), 1×N: by how much each step was better than Q predicted. Throws like
/// `check_values`.
template <class = void>
[[nodiscard]] inline Row<double> temporal_differences(const EvaluationLog& log, const ActionValues& values) {
  check_values(log, values);
  Row<double> differences(log.steps());
  const auto discount = Row<double>::Constant(log.steps(), log.estimand.discount);
  differences = backup(log.rewards, discount, values.next) - values.q;
  return differences;
}

/// Returns Σ_t γ^t r_t of each trajectory, plus γ^T V(s_T) if `values` are not 0 after its end, 1×n. Throws like
/// `check_values`.
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
