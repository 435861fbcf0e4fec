/// \file
/// The precision of a policy's log-density at actions that are stored as floats.
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

/// Returns a bound on the error of log π(a|s) of each logged action that is due to rounding the action to a float, 1×N.
/// It is half the change of log π when every feature moves towards 0 by 2⁻²⁴, or by 2⁻²⁴ |a| beyond ±1. Near ±1 floats
/// have this distance; towards 0 they are closer together. Beyond ±(1 − 10⁻⁶), where a TanhGaussian treats all actions
/// alike, it is half the change of log π from 10⁻⁶ to 4·10⁻⁶ from the border.
///
/// A tanh crowds draws onto few floats near the border. At k floats from ±1, the draw u before the tanh is known to
/// within 1/(4k), and log π, with mean μ and deviation σ, to within |2 − (u − μ)/σ²|/(4k). Throws like `log_probs`.
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

/// Returns how far weights may be off due to this rounding: the mean over trajectories of √Σ_t e_t², where the e_t are
/// the errors of log π of its steps (`log_prob_errors`), which are independent. A trajectory for which this is above 1
/// counts as 1. If the behavior policy's log-probabilities are those of the draws before rounding, this is the relative
/// error of a trajectory's weight. If they were computed from the same floats, both log-probabilities are rounded
/// alike.
template <class Policy, class Data>
[[nodiscard]] double weight_error(DeployedPolicy<Policy>& policy, const Episodes<Data>& episodes) {
  const Row<double> errors = log_prob_errors(policy, episodes.data);
  double sum = 0;
  for (const TrajectoryRange& range : episodes.trajectories)
    sum += std::min(1.0, errors.segment(range.begin, range.size()).matrix().norm());
  return sum / static_cast<double>(episodes.trajectories.size());
}

}  // namespace holdfast
