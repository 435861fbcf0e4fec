/// \file
/// How likely a policy makes the logged actions, the behaviour's probabilities as they were recorded, and the ratio of
/// the two.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/problems.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

namespace detail {

/// Columns that a policy is asked about at once.
inline constexpr Index asked_at_once = 1024;

/// Throws DataError unless the policy is for such observations and actions as the dataset has, and every action of a
/// finite set is one of it.
template <class Policy, class Data>
void check_fits(const DeployedPolicy<Policy>& policy, const Data& dataset) {
  if constexpr (FiniteActions<typename Policy::Actions>)
    check_actions(dataset.actions, dataset.action_size(), dataset.size());  // they are indices
  if (policy.normalization().size() == dataset.observation_size() &&
      policy.policy().action_size() == dataset.action_size())
    return;
  throw DataError(
      message("policy: expected ", dataset.observation_size(), " observation features and ", dataset.action_size(),
              FiniteActions<typename Policy::Actions> ? " actions" : " action features", ", as the dataset has, found ",
              policy.normalization().size(), " and ", policy.policy().action_size()));
}

/// The value of a feature that more than a ten-thousandth of its actions, and at least three, take exactly: no density
/// is behind it. None where there is none.
template <class Scalar>
std::optional<std::pair<Index, Scalar>> find_atom(const Matrix<Scalar>& actions) {
  std::vector<Scalar> values(static_cast<std::size_t>(actions.cols()));
  const Index most = std::max<Index>(2, actions.cols() / 10000);
  for (Index feature = 0; feature < actions.rows(); ++feature) {
    for (Index i = 0; i < actions.cols(); ++i) values[static_cast<std::size_t>(i)] = actions(feature, i);
    std::sort(values.begin(), values.end());
    Index run = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
      if (run > most) return std::pair(feature, values[i]);
    }
  }
  return std::nullopt;
}

/// Throws DataError unless the behaviour may take every logged action.
inline void require_possible(const Row<double>& behavior) {
  for (Index row = 0; row < behavior.size(); ++row)
    if (!std::isfinite(behavior(row)))
      throw DataError(message("behaviour: expected that every logged action may be taken, found the log-probability ",
                              behavior(row), " in row ", row,
                              ": the policy given is not the one that acted; give another, or estimate it"));
}

}  // namespace detail

/// Throws DataError where many continuous actions of the dataset share a value to the last bit, as clipped ones do at
/// the border: their distribution has atoms there, no density, and ratios do not exist. Finite actions are fine.
template <class Data>
void refuse_atoms(const Data& dataset) {
  if constexpr (!FiniteActions<typename Data::Actions>) {
    if (const auto atom = detail::find_atom(dataset.actions))
      throw DataError(message("actions: expected draws from a density, found many that are exactly ", atom->second,
                              " in feature ", atom->first,
                              ", as clipped ones are: importance ratios do not exist there; collect with a "
                              "tanh-Gaussian policy, or use the direct method"));
  }
}

/// Throws DataError where more than a thousandth of the policy's own draws in the dataset's states lie on the border
/// ±`limit`, as those of a clipped Gaussian do: the data has no density there, and no weight can stand for them. Asks
/// in at most 10,000 states. Finite actions are fine.
template <class Policy, class Data>
void refuse_atoms(DeployedPolicy<Policy>& policy, const Data& dataset, double limit = 1) {
  if constexpr (!FiniteActions<typename Data::Actions>) {
    Generator generator(0, Stream::inspection);
    const Index states = std::min<Index>(10000, dataset.size());
    using Scalar = typename Policy::Scalar;
    const auto& draws = policy.propose(detail::dense_columns<Scalar>(dataset.observations, 0, states), 1, generator);
    const auto border = static_cast<Scalar>(limit * (1 - 1e-6));
    const Index on = (draws.actions.array().abs() >= border).colwise().any().count();
    if (on * 1000 > states)
      throw DataError(message("policy: expected draws from a density, found ", on, " of ", states,
                              " on the border of the actions, where it is clipped: no logged action can stand for "
                              "them; use the direct method, or a tanh-Gaussian policy"));
  }
}

/// log π(a|s) of every action of the dataset, 1×N. Throws DataError where the policy is for other sizes, ConfigError
/// where it has no density.
template <class Policy, class Data>
[[nodiscard]] Row<double> log_probs(DeployedPolicy<Policy>& policy, const Data& dataset) {
  detail::check_fits(policy, dataset);
  Row<double> result(dataset.size());
  for (Index begin = 0; begin < dataset.size(); begin += detail::asked_at_once) {
    const Index count = std::min(detail::asked_at_once, dataset.size() - begin);
    const auto observations = detail::dense_columns<typename Policy::Scalar>(dataset.observations, begin, count);
    const typename Policy::Actions actions =
        dataset.actions.middleCols(begin, count).template cast<typename Policy::Actions::Scalar>();
    result.segment(begin, count) = policy.log_prob(observations, actions).template cast<double>();
  }
  return result;
}

/// The recorded log-probabilities of the behaviour, 1×N. Throws DataError where there are none, or they cannot be those
/// of the actions: probabilities above 1, densities that do not integrate to 1 on ±`limit`.
template <class Data>
[[nodiscard]] Row<double> recorded_log_probs(const Data& dataset, double limit = 1) {
  if (!dataset.has_action_log_probs())
    throw DataError(
        "infos/action_log_probs: expected the log-probabilities of the actions, found none; record them, give the "
        "behaviour policy, or estimate it");
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

/// The log of a dataset, as `counted`, that estimators see: `target` and `behavior` are the log-probabilities (1×N) of
/// its actions under the evaluated policy and under the one that acted. Throws as EvaluationLog::validate, and
/// DataError where the behaviour's are not finite, or a row does not follow the one before it, as in no dataset that is
/// `counted`.
template <class Data>
[[nodiscard]] EvaluationLog make_log(const Data& dataset, const Estimand& estimand, const Row<double>& target,
                                     const Row<double>& behavior) {
  if (target.size() != dataset.size() || behavior.size() != dataset.size())
    throw DataError(message("log-probabilities: expected ", dataset.size(), ", one a transition, found ", target.size(),
                            " and ", behavior.size()));
  for (Index row = 0; row < target.size(); ++row)
    if (std::isnan(target(row)) || target(row) == INFINITY)
      throw DataError(message("policy: expected log-probabilities below infinity, found ", target(row), " in row ", row,
                              ": its density is not one"));
  detail::require_possible(behavior);
  std::vector<TrajectoryRange> ranges = recorded_trajectories(dataset);
  if (trajectories(dataset).size() != ranges.size())
    throw DataError(
        "rows: expected each to lead to the following one until a flag ends the episode, found one that does not; "
        "leave out what broke off (holdfast::counted)");
  EvaluationLog log{std::move(ranges), dataset.rewards.template cast<double>(), target - behavior, estimand};
  log.validate();
  return log;
}

}  // namespace holdfast
