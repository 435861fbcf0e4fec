/// \file
/// Estimates of the behavior policy's log-probabilities, for datasets that do not record them.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/evaluators/atoms.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/training/offline.hpp"

namespace holdfast {

/// Settings for cloning the behavior policy.
struct BehaviorOptions {
  Index folds = 2;                       ///< number of cross-fitting folds of trajectories; 1: no cross-fitting
  Index steps = 5000;                    ///< updates per clone
  Index batch_size = 256;                ///< transitions per update
  std::vector<Index> hidden = {64, 64};  ///< widths of the hidden layers
  double learning_rate = 1e-3;           ///< Adam learning rate
  std::uint64_t seed = 0;
};

/// Returns a clone of the behavior policy, fitted to a dataset by maximum likelihood: a tanh-Gaussian for continuous
/// actions, a softmax policy for a finite action set. Takes the callbacks of train_offline.
template <class Scalar, class Actions, class... Callbacks>
[[nodiscard]] auto clone_behavior(const Transitions<Scalar, Actions>& dataset, const BehaviorOptions& options,
                                  Callbacks&&... callbacks) {
  using Policy = std::conditional_t<FiniteActions<Actions>, MlpCategorical<Scalar>, TanhGaussian<Scalar>>;
  const auto normalization = Normalization<Scalar>::fit(dataset.observations);
  Transitions<Scalar, Actions> normalized = dataset;
  normalization.normalize(normalized);
  typename BcOf<Policy>::Config config;
  config.policy.network.hidden = options.hidden;
  config.policy_optimizer.learning_rate = options.learning_rate;
  config.policy_optimizer.decay_steps = options.steps;
  BcOf<Policy> learner(config, {dataset.observation_size(), dataset.action_size()}, options.seed);
  train_offline(learner, normalized, {.steps = options.steps, .batch_size = options.batch_size, .seed = options.seed},
                std::forward<Callbacks>(callbacks)...);
  return DeployedPolicy<Policy>(learner.policy(), normalization);
}

/// Returns log π_b(a|s) of the episodes' actions, 1×N, each under a clone that was fitted to the other folds.
/// Importance sampling with these values is consistent only if the family of clones contains the behavior policy. With
/// one fold, clones are fitted to the data that they are used on, and the weights look better than they are. Takes the
/// callbacks of train_offline, for one training after the other. Throws DataError if continuous actions have atoms.
template <class Scalar, class Actions, class... Callbacks>
[[nodiscard]] Row<double> estimated_log_probs(const Episodes<Transitions<Scalar, Actions>>& episodes,
                                              const BehaviorOptions& options = {}, Callbacks&&... callbacks) {
  refuse_atoms(episodes.data);
  return cross_fitted_row(episodes, options.folds, options.seed, [&](const auto& training, const auto& held_out) {
    auto clone = clone_behavior(training.data, options, callbacks...);
    return log_probs(clone, held_out.data);
  });
}

/// Returns log-probabilities of the episodes' actions in one-hot states, 1×N, cross-fitted. They are the logarithms of
/// each action's share of the counts in its state, after `smoothing` is added to every count. With smoothing 0 they are
/// the maximum-likelihood estimate; one fold always allows it. Throws ConfigError if smoothing is negative or not
/// finite, DataError if it is 0 and an action was never taken in the other folds.
template <IsTabularDataset Data>
[[nodiscard]] Row<double> counted_log_probs(const Episodes<Data>& episodes, Index folds = 1, double smoothing = 0,
                                            std::uint64_t seed = 0) {
  require(smoothing >= 0 && std::isfinite(smoothing), "smoothing", "at least 0 and finite", smoothing);
  return cross_fitted_row(episodes, folds, seed, [&](const auto& training, const auto& held) {
    Matrix<double> policy = detail::action_counts(training.data, detail::checked_states(training.data));
    policy.array() += smoothing;
    const Data& held_out = held.data;
    const ActionIndices states = detail::checked_states(held_out);
    Row<double> result(held_out.size());
    for (Index i = 0; i < result.size(); ++i) {
      result(i) = std::log(policy(held_out.actions(i), states(i)) / policy.col(states(i)).sum());
      if (!std::isfinite(result(i)))
        throw DataError(message("behavior: expected that every action is taken in every fold, found none of action ",
                                held_out.actions(i), " in state ", states(i), " in the others; smooth the counts"));
    }
    return result;
  });
}

}  // namespace holdfast
