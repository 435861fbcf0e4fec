/// \file
/// How precisely a policy's log-density is known of actions that are stored as floats.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// Bounds how far log π(a|s) of each logged action may be off because the action was rounded to a float, 1×N: half of
/// what it changes by over a step of 2⁻²⁴ towards 0, or 2⁻²⁴ |a| beyond ±1, in every feature. Floats are as far apart
/// near ±1, and nearer to each other towards 0. Beyond ±(1 − 10⁻⁶), where a TanhGaussian takes all actions for one, it
/// is half of what log π changes by from 10⁻⁶ to 4·10⁻⁶ from the border.
///
/// A tanh crowds draws onto few floats there: at k floats from ±1 the draw before it is known to 1/(4k), and log π, of
/// a mean μ and a deviation σ, to |2 − (u − μ)/σ²|/(4k). Throws as `log_probs`.
template <class Policy, class Data>
[[nodiscard]] Row<double> log_prob_errors(DeployedPolicy<Policy>& policy, const Data& dataset) {
  if constexpr (FiniteActions<typename Data::Actions>) {
    return Row<double>::Zero(dataset.size());
  } else {
    constexpr double border = 1e-6;
    auto moved = dataset.actions;
    for (auto& action : moved.reshaped()) {
      const auto size = static_cast<double>(std::abs(action));
      const double step = std::numeric_limits<float>::epsilon() / 2 * std::max(1.0, size);
      const bool on_border = size > 1 - border && size <= 1;
      action = std::copysign(
          static_cast<std::remove_reference_t<decltype(action)>>(on_border ? 1 - 4 * border : std::abs(size - step)),
          action);
    }
    return (detail::log_probs_of(policy, dataset, moved) - log_probs(policy, dataset)).abs() / 2;
  }
}

/// Says how far weights may be off on that account: the mean over trajectories of √Σ_t e_t², e the errors of log π of
/// its steps (`log_prob_errors`), which are independent of each other; one that is off by more than 1 counts as 1.
/// Where the behavior's log-probabilities are those of the draws before they were rounded it is the relative error of
/// a trajectory's weight; where they are computed from the same floats, both are rounded alike.
template <class Policy, class Data>
[[nodiscard]] double weight_error(DeployedPolicy<Policy>& policy, const Episodes<Data>& episodes) {
  const Row<double> errors = log_prob_errors(policy, episodes.data);
  double sum = 0;
  for (const TrajectoryRange& range : episodes.trajectories)
    sum += std::min(1.0, errors.segment(range.begin, range.size()).matrix().norm());
  return sum / static_cast<double>(episodes.trajectories.size());
}

}  // namespace holdfast
