/// \file
/// Log-probabilities of the logged actions under a policy and under the behavior policy as recorded, and the log that
/// is made of both.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/problems.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// Throws DataError unless the policy has the dataset's numbers of observation features and actions, and every number
/// of a finite action is in range.
template <class Policy, class Data>
void check_fits(const DeployedPolicy<Policy>& policy, const Data& dataset) {
  if constexpr (FiniteActions<typename Policy::Actions>)
    detail::check_actions("actions", dataset.actions, dataset.action_size(), dataset.size());  // they are indices
  if (policy.normalization().size() == dataset.observation_size() &&
      policy.policy().action_size() == dataset.action_size())
    return;
  throw DataError(
      message("policy: expected ", dataset.observation_size(), " observation features and ", dataset.action_size(),
              FiniteActions<typename Policy::Actions> ? " actions" : " action features", ", as the dataset has, found ",
              policy.normalization().size(), " and ", policy.policy().action_size()));
}

/// Throws DataError, naming the row, unless the log-probabilities of the logged actions under the behavior policy (1×N)
/// are finite, so that it can take each of them.
inline void require_possible(const Row<double>& behavior) {
  for (Index row = 0; row < behavior.size(); ++row)
    if (!std::isfinite(behavior(row)))
      throw DataError(message("behavior: expected that every logged action may be taken, found the log-probability ",
                              behavior(row), " in row ", row,
                              ": the policy given is not the one that acted; give another, or estimate it"));
}

namespace detail {

/// Observations per evaluation of a policy (chunk size).
inline constexpr Index asked_at_once = 1024;

/// Returns log π(a|s) of the given actions, one for each state of the dataset, 1×N. Throws like `log_probs`.
template <class Policy, class Data, class Actions>
Row<double> log_probs_of(DeployedPolicy<Policy>& policy, const Data& dataset, const Actions& actions) {
  check_fits(policy, dataset);
  Row<double> result(dataset.size());
  for (Index begin = 0; begin < dataset.size(); begin += asked_at_once) {
    const Index count = std::min(asked_at_once, dataset.size() - begin);
    const auto observations = dense_columns<typename Policy::Scalar>(dataset.observations, begin, count);
    const typename Policy::Actions some =
        actions.middleCols(begin, count).template cast<typename Policy::Actions::Scalar>();
    result.segment(begin, count) = policy.log_prob(observations, some).template cast<double>();
  }
  return result;
}

}  // namespace detail

/// Returns log π(a|s) of every action of the dataset, 1×N. Throws DataError if the policy and the dataset have
/// different sizes, ConfigError if the policy has no density.
template <class Policy, class Data>
[[nodiscard]] Row<double> log_probs(DeployedPolicy<Policy>& policy, const Data& dataset) {
  return detail::log_probs_of(policy, dataset, dataset.actions);
}

/// Returns the recorded log-probabilities of the behavior policy, 1×N. Throws DataError if there are none, one is not
/// finite, or they cannot be those of the actions: probabilities above 1, or densities that do not integrate to 1 on
/// ±`limit`.
template <class Data>
[[nodiscard]] Row<double> recorded_log_probs(const Data& dataset, double limit = 1) {
  if (!dataset.has_action_log_probs())
    throw DataError(
        "infos/action_log_probs: expected the log-probabilities of the actions, found none; record them, give the "
        "behavior policy, or estimate it");
  Row<double> recorded = dataset.action_log_probs.template cast<double>();
  for (Index row = 0; row < recorded.size(); ++row)
    if (!std::isfinite(recorded(row)))
      throw DataError(message("infos/action_log_probs: expected finite numbers, found ", recorded(row), " in row ", row,
                              ": an action that was taken cannot have the probability 0; correct the record"));
  DatasetSummary summary;
  summary.transitions = dataset.size();
  summary.action_size = dataset.action_size();
  summary.action_limit = limit;
  summary.action_log_probs = Distribution::of(detail::as_doubles(recorded));
  std::vector<DatasetProblem> problems;
  if constexpr (FiniteActions<typename Data::Actions>)
    detail::find_finite_log_prob_problems(summary, problems);
  else
    detail::find_log_prob_problems(summary, problems);
  if (!problems.empty()) throw DataError("infos/action_log_probs: " + problems.front().text);
  return recorded;
}

/// Returns the log that estimators use, made from episodes as returned by `within_horizon`. `target` and `behavior` are
/// the log-probabilities (1×N) of their actions under the evaluated policy and under the behavior policy. Throws like
/// EvaluationLog::validate. Also throws DataError if the sizes differ, one of `target` is NaN or infinity, or one of
/// `behavior` is not finite.
template <class Data>
[[nodiscard]] EvaluationLog make_log(const Episodes<Data>& episodes, const Estimand& estimand,
                                     const Row<double>& target, const Row<double>& behavior) {
  if (target.size() != episodes.size() || behavior.size() != episodes.size())
    throw DataError(message("log-probabilities: expected ", episodes.size(), ", one a transition, found ",
                            target.size(), " and ", behavior.size()));
  for (Index row = 0; row < target.size(); ++row)
    if (std::isnan(target(row)) || target(row) == INFINITY)
      throw DataError(message("policy: expected log-probabilities below infinity, found ", target(row), " in row ", row,
                              ": its density is not one"));
  require_possible(behavior);
  EvaluationLog log{episodes.trajectories, episodes.data.rewards.template cast<double>(), target - behavior, estimand};
  log.validate();
  return log;
}

}  // namespace holdfast
