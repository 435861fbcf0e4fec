/// \file
/// Real episodes that check an estimate from data: the combination of both, and whether they agree.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/evaluators/estimand.hpp"
#include "holdfast/training/rollout.hpp"

namespace holdfast {

/// Two independent estimates of the same number, combined into one.
struct CombinedEstimate {
  Estimate estimate;
  double disagreement = 0;  ///< distance between the two in standard errors of their difference; NaN if unknown
};

/// Returns the mean of two independent estimates, each weighted by the inverse of its squared standard error, which
/// minimizes the error of the mean. If one of them is NaN or has no standard error, the result is the other.
///
/// The mean does not account for what a standard error leaves out, such as the error of a Q. If `disagreement` is above
/// about 3, the estimates contradict each other, and the episodes are the ones to believe.
[[nodiscard]] inline CombinedEstimate combine(const Estimate& left, const Estimate& right) {
  const auto known = [](const Estimate& each) {
    return std::isfinite(each.mean) && std::isfinite(each.standard_error);
  };
  if (!known(left) || !known(right)) {
    const bool take_left = known(left) || (!known(right) && std::isfinite(left.mean));
    return {take_left ? left : right, std::nan("")};
  }
  const double left_square = left.standard_error * left.standard_error;
  const double right_square = right.standard_error * right.standard_error;
  const double sum = left_square + right_square;
  const double rounding = 1e-6 * std::max(std::abs(left.mean), std::abs(right.mean));  // of rewards in single precision
  const double error = std::sqrt(sum + rounding * rounding);
  const double disagreement = error == 0 ? 0 : std::abs(left.mean - right.mean) / error;
  if (sum == 0) return {{(left.mean + right.mean) / 2, 0}, disagreement};
  return {{(left.mean * right_square + right.mean * left_square) / sum, std::sqrt(left_square * right_square / sum)},
          disagreement};
}

/// Returns the values of `episodes` real episodes with actions drawn from the policy, 1×episodes: discounted, up to the
/// estimand's horizon whatever the environment's time limit, or without a horizon until γ^t falls below a thousandth.
/// Calls `go_on`, if it is given, after each thousand episodes; once it returns false, only the episodes so far are
/// returned. Throws ConfigError if there is neither a horizon nor a discount below 1, because an episode need not end.
template <class Policy, class E>
[[nodiscard]] Row<double> run_episodes(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                       const Estimand& estimand, EvaluationGenerators& generators,
                                       const std::function<bool()>& go_on = {}) {
  estimand.validate();
  require(!estimand.infinite() || estimand.discount < 1, "discount", "below 1 without a horizon, to run episodes",
          estimand.discount);
  Index steps = estimand.horizon;
  if (estimand.infinite())
    steps = estimand.discount == 0 ? 1 : static_cast<Index>(std::ceil(std::log(1e-3) / std::log(estimand.discount)));
  return returns_in_parts(policy, environment, episodes, {.discount = estimand.discount, .steps = steps}, generators,
                          Acting::sample, [&](Index) { return !go_on || go_on(); });
}

}  // namespace holdfast
