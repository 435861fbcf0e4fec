/// \file
/// How much of what a policy does was never tried: where no estimator that leans on a table of Q can know.
#pragma once

#include <algorithm>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// The share, in [0, 1], of what the policy does in the logged states, each as often as it was logged, that no
/// transition shows in that state: a table of Q says 0 of it, a network what it happens to say. Exact, of one-hot
/// states and finite actions. Throws DataError where states are others, or the policy is for other sizes.
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
    const auto& set = policy.propose(one_hot<typename Policy::Scalar>(some, states), 1, generator);
    for (Index i = 0; i < set.actions.size(); ++i) {
      const Index state = begin + i / set.per_state;
      if (counts(set.actions(i), state) == 0) untried += counts.col(state).sum() * static_cast<double>(set.weights(i));
    }
  }
  return untried / counts.sum();
}

}  // namespace holdfast
