/// \file
/// A few real episodes beside an estimate from the data: both together, and whether they agree.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/evaluators/estimand.hpp"
#include "holdfast/training/rollout.hpp"

namespace holdfast {

/// Two independent estimates of the same number as one.
struct CombinedEstimate {
  Estimate estimate;
  double disagreement = 0;  ///< how many standard errors of their difference they lie apart; NaN where it is not known
};

/// The mean of two independent estimates, each weighed by the inverse of its squared standard error, which has the
/// smallest error of all their means. One that is not a number, or has no standard error, leaves the other alone.
///
/// What an estimate's standard error leaves out, such as the error of a Q, is not weighed: where `disagreement` is
/// above 3 or so they contradict each other, and the episodes are to be believed.
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

/// What an estimand says of `episodes` real episodes of the policy's draws, 1×episodes: discounted, to its horizon
/// whatever the environment's time limit, or without one until γ^t falls below a thousandth. Asks `go_on`, where it is
/// given, after each thousand; once that is false, those run so far are returned. Throws ConfigError where there is
/// neither a horizon nor a discount below 1: an episode need not end.
template <class Policy, class E>
[[nodiscard]] Row<double> run_episodes(DeployedPolicy<Policy>& policy, const E& environment, Index episodes,
                                       const Estimand& estimand, EvaluationDraws& draws,
                                       const std::function<bool()>& go_on = {}) {
  estimand.validate();
  require(!estimand.infinite() || estimand.discount < 1, "discount", "below 1 without a horizon, to run episodes",
          estimand.discount);
  Index steps = estimand.horizon;
  if (estimand.infinite())
    steps = estimand.discount == 0 ? 1 : static_cast<Index>(std::ceil(std::log(1e-3) / std::log(estimand.discount)));
  return returns_in_parts(policy, environment, episodes, {.discount = estimand.discount, .steps = steps}, draws,
                          Acting::sample, [&](Index) { return !go_on || go_on(); });
}

}  // namespace holdfast
