/// \file
/// Evaluates a policy on a log. Nothing here is specific to bandits: the horizon is 1.
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
#include "studies/open_bandit/log.hpp"

namespace bandit {

/// The estimand: clicks per recommendation.
inline constexpr Estimand clicks{.discount = 1, .horizon = 1};

/// The estimators that are used. At horizon 1, pdis and mis are equal to is, and wpdis is equal to wis.
inline constexpr std::array<std::string_view, 5> asked = {"is", "wis", "dm", "dr", "wdr"};

using TabularPolicy = DeployedPolicy<TabularCategorical<double>>;

/// Returns the policy that shows item k at position p with probability e(k, p). `chances` is e, K×positions; its
/// columns sum to 1.
[[nodiscard]] inline TabularPolicy policy_of(const Matrix<double>& chances) {
  Generator unused(0);
  TabularCategorical<double> policy({}, {chances.cols(), chances.rows()}, unused);
  policy.parameters() = chances.reshaped().array().log();
  return {policy, Normalization<double>::identity(chances.cols())};
}

/// Returns the probabilities of the policy "uniform" or "bts", K×positions; bts is Thompson sampling from the
/// campaign's priors, which it never updates. Throws ConfigError if there is no such policy or campaign.
[[nodiscard]] inline Matrix<double> chances(std::string_view policy, std::string_view campaign) {
  const auto all = priors(campaign);
  const auto items = static_cast<Index>(all.size());
  if (policy == "bts") return rank_probabilities(all, positions);
  if (policy == "uniform") return Matrix<double>::Constant(items, positions, 1 / static_cast<double>(items));
  throw ConfigError(message("policy must be uniform or bts, but is \"", policy, '"'));
}

/// Returns the values of Q along the log, where Q is the share of clicks on each item at each position, 0 if it was
/// never shown. With more than one fold, Q is that of the other folds. Throws like cross_fit.
[[nodiscard]] inline ActionValues click_rates(const Episodes<Data>& log, TabularPolicy& policy, Index folds,
                                              std::uint64_t seed) {
  return cross_fitted_values(log, folds, seed, [&](const auto& training, const auto& held_out) {
    return LinearFqe<ActionBlocks>(training, policy, clicks).values(held_out, policy);
  });
}

/// Returns the evaluation of a policy on a log, which must outlive it. Throws like cross_fit, and ConfigError if an
/// option is out of range.
[[nodiscard]] inline OffPolicyEvaluation<Data> evaluate(const Episodes<Data>& log, TabularPolicy& policy, Index folds,
                                                        const EstimateOptions& options) {
  return {log.data, make_log(log, clicks, log_probs(policy, log.data), log.data.action_log_probs),
          click_rates(log, policy, folds, options.seed), options};
}

}  // namespace bandit
