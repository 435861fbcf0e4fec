/// \file
/// Asks the evaluators about a policy on a log. There is nothing here that is about bandits: the horizon is 1.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deployed.hpp"
#include "open_bandit/log.hpp"

namespace bandit {

/// Clicks per recommendation.
inline constexpr Estimand clicks{.discount = 1, .horizon = 1};

/// At horizon one pdis and mis are the same numbers as is, and wpdis as wis.
inline constexpr std::array<std::string_view, 5> asked = {"is", "wis", "dm", "dr", "wdr"};

using TabularPolicy = DeployedPolicy<TabularCategorical<double>>;

/// The policy that shows item k at position p with the chance e(k, p), K×positions; columns sum to 1.
[[nodiscard]] inline TabularPolicy policy_of(const Matrix<double>& chances) {
  Generator unused(0);
  TabularCategorical<double> policy({}, {chances.cols(), chances.rows()}, unused);
  policy.parameters() = chances.reshaped().array().log();
  return {policy, Normalization<double>::identity(chances.cols())};
}

/// "uniform", or "bts": Thompson sampling from the campaign's priors, which it keeps; K×positions. Throws ConfigError
/// where there is no such policy or campaign.
[[nodiscard]] inline Matrix<double> chances(std::string_view policy, std::string_view campaign) {
  const auto all = priors(campaign);
  const auto items = static_cast<Index>(all.size());
  if (policy == "bts") return rank_probabilities(all, positions);
  if (policy == "uniform") return Matrix<double>::Constant(items, positions, 1 / static_cast<double>(items));
  throw ConfigError(message("policy must be uniform or bts, but is \"", policy, '"'));
}

/// Q, the share of clicks on each item at each position, 0 where it was never shown, along the log; with more than one
/// fold those of the other folds. Throws as cross_fit.
[[nodiscard]] inline ActionValues click_rates(const Episodes<Data>& log, TabularPolicy& policy, Index folds,
                                              std::uint64_t seed) {
  return cross_fitted_values(log, folds, seed, [&](const auto& training, const auto& held_out) {
    return LinearFqe<ActionBlocks>(training, policy, clicks).values(held_out, policy);
  });
}

/// All estimators of a policy on a log, which must outlive them. Throws as cross_fit, and ConfigError where an option
/// is out of range.
[[nodiscard]] inline OffPolicyEvaluation<Data> evaluate(const Episodes<Data>& log, TabularPolicy& policy, Index folds,
                                                        const EstimateOptions& options) {
  return {log.data, make_log(log, clicks, log_probs(policy, log.data), log.data.action_log_probs),
          click_rates(log, policy, folds, options.seed), options};
}

}  // namespace bandit
