/// \file
/// IQL from uniformly random behavior over τ (Kostrikov et al. 2022, theorem 3).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/improvements/none.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/values/expectile.hpp"
#include "studies/theorem_curves/options.hpp"

namespace curves {

constexpr std::array<double, 7> expectiles = {0.5, 0.6, 0.8, 0.9, 0.97, 0.99, 0.999};

/// The distances of IQL's V from the best values, in units of the distance of the behavior policy's value from V*;
/// means over states.
struct OptimumPoint {
  double all = 0;        ///< from V*, if every action of every state is in the data
  double some = 0;       ///< from V*, if the best action is missing in every other state
  double supported = 0;  ///< from the best values that the same data allows
};

using OptimumResult = std::array<OptimumPoint, expectiles.size()>;

/// IQL without its policy; V does not depend on it.
using ExpectileLearner = ActorCritic<TabularCategorical<double>, Ensemble<TabularQ<double>>,
                                     Expectile<TabularV<double>>, NoPenalty, NoImprovement>;

/// Returns data that takes every available action equally often, and whose means are the exact expectations.
inline Batch<double, ActionIndices> uniform_batch(const Options& options, const TabularMdp& mdp) {
  return exact_batch(mdp, mdp.available.cast<Index>(), resolution, options.discount);
}

inline Vector<double> learned_value(const Options& options, const Batch<double, ActionIndices>& batch,
                                    double expectile) {
  ExpectileLearner::Config config;
  config.discount = options.discount;
  config.target_rate = 1;
  config.critics.size = 1;
  config.critics.optimizer = gradient_descent(6);
  config.value.expectile = expectile;
  config.value.optimizer = gradient_descent(2.5);
  ExpectileLearner learner(config, {states, actions}, options.seed);
  for (int i = 0; i < 1500; ++i) learner.update(batch);
  TabularV<double>::Tape tape;
  return learner.value().network().values(Matrix<double>::Identity(states, states), tape).matrix().transpose();
}

inline OptimumResult optimum_in(const Options& options, std::size_t world) {
  const TabularMdp mdp = random_world(options, world);
  const TabularSolution best = optimum(mdp, options.discount);
  const Vector<double> behavior = evaluate_policy(mdp, uniform_policy(mdp), options.discount).value;
  const double missed = (best.value - behavior).mean();
  TabularMdp partial = mdp;
  for (Index s = 0; s < states; s += 2) partial.available.col(s) = best.policy.col(s).array() == 0;
  const Vector<double> supported = optimum(partial, options.discount).value;
  const auto all_actions = uniform_batch(options, mdp);
  const auto some_actions = uniform_batch(options, partial);
  OptimumResult result;
  for (std::size_t i = 0; i < expectiles.size(); ++i) {
    const Vector<double> all = learned_value(options, all_actions, expectiles[i]);
    const Vector<double> some = learned_value(options, some_actions, expectiles[i]);
    result[i] = {(best.value - all).mean() / missed, (best.value - some).mean() / missed,
                 (supported - some).mean() / missed};
  }
  return result;
}

/// Returns the means over the processes.
inline OptimumResult mean_of(const std::vector<OptimumResult>& results) {
  OptimumResult mean;
  const double share = 1 / static_cast<double>(results.size());
  for (const OptimumResult& result : results)
    for (std::size_t i = 0; i < expectiles.size(); ++i) {
      mean[i].all += share * result[i].all;
      mean[i].some += share * result[i].some;
      mean[i].supported += share * result[i].supported;
    }
  return mean;
}

}  // namespace curves
