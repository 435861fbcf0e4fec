/// \file
/// The share of a policy's actions that the data never shows, about which a tabular Q knows nothing.
#pragma once

#include <algorithm>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// Returns the share, in [0, 1], of the policy's actions that no transition shows in their state; logged states count
/// as often as they were logged. A table of Q has the value 0 for these actions, a network an arbitrary one. The result
/// is exact, for one-hot states and finite action sets. Throws DataError if states are not one-hot, or the policy and
/// the dataset have different sizes.
template <IsTabularDataset Data, class Policy>
[[nodiscard]] double untried_share(const Data& dataset, DeployedPolicy<Policy>& policy) {
  check_fits(policy, dataset);
  const Matrix<double> counts = detail::action_counts(dataset, detail::checked_states(dataset));
  const Index states = counts.cols();
  Generator generator(0, Stream::inspection);  // finite actions are not drawn
  double untried = 0;
  for (Index begin = 0; begin < states; begin += detail::asked_at_once) {
    const Index count = std::min(detail::asked_at_once, states - begin);
    const ActionIndices some = ActionIndices::LinSpaced(count, begin, begin + count - 1);
    const auto& proposal = policy.propose(one_hot<typename Policy::Scalar>(some, states), 1, generator);
    for (Index i = 0; i < proposal.actions.size(); ++i) {
      const Index state = begin + i / proposal.per_state;
      if (counts(proposal.actions(i), state) == 0)
        untried += counts.col(state).sum() * static_cast<double>(proposal.weights(i));
    }
  }
  return untried / counts.sum();
}

}  // namespace holdfast
