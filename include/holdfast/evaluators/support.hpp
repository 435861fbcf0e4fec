/// \file
/// How much of what a policy does was never tried: where no estimator that leans on a table of Q can know.
#pragma once

#include <algorithm>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// The share, in [0, 1], of what the policy does in the logged states, each as often as it was logged, that no
/// transition shows in that state: a table of Q says 0 of it, a network what it happens to say. Exact, of one-hot
/// states and finite actions. Throws DataError where states are others, or the policy is for other sizes.
template <TabularDataset Data, class Policy>
[[nodiscard]] double untried_share(const Data& dataset, DeployedPolicy<Policy>& policy) {
  detail::check_fits(policy, dataset);
  const ActionIndices states = detail::checked_states(dataset);
  const Matrix<double> counts = detail::action_counts(dataset, states);
  Generator generator(0, Stream::evaluation);  // finite actions are not drawn
  double untried = 0;
  for (Index begin = 0; begin < states.size(); begin += detail::asked_at_once) {
    const Index count = std::min(detail::asked_at_once, states.size() - begin);
    const auto& set = policy.propose(detail::dense_columns<typename Policy::Scalar>(dataset.observations, begin, count),
                                     1, generator);
    for (Index i = 0; i < set.actions.size(); ++i)
      if (counts(set.actions(i), states(begin + i / set.per_state)) == 0)
        untried += static_cast<double>(set.weights(i));
  }
  return untried / static_cast<double>(states.size());
}

}  // namespace holdfast
