/// \file
/// IQL from uniformly random behaviour over τ (Kostrikov et al. 2022, theorem 3).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/learners/iql.hpp"
#include "theorem_curves/options.hpp"

namespace curves {

constexpr std::array<double, 7> expectiles = {0.5, 0.6, 0.8, 0.9, 0.97, 0.99, 0.999};

/// How far IQL's V is from what is best, in units of what the behaviour misses of V*; mean over states.
struct OptimumPoint {
  double all = 0;        ///< from V*, where every action of every state is in the data
  double some = 0;       ///< from V*, where the best action is missing in every other state
  double supported = 0;  ///< there, from the best of what is in the data
};

using OptimumResult = std::array<OptimumPoint, expectiles.size()>;

/// V of IQL from data that takes every available action alike, and holds every expectation exactly.
inline Vector<double> learned_value(const Options& options, const TabularMdp& mdp, double expectile) {
  FiniteIql<Table<double>>::Config config;
  config.discount = options.discount;
  config.target_rate = 1;
  config.critics.size = 1;
  config.critics.optimizer = gradient_descent(6);
  config.value.expectile = expectile;
  config.value.optimizer = gradient_descent(2.5);
  config.policy_optimizer = gradient_descent(1);
  FiniteIql<Table<double>> learner(config, {states, actions}, options.seed);
  const auto batch = exact_batch(mdp, mdp.available.cast<Index>(), resolution, options.discount);
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
  OptimumResult result;
  for (std::size_t i = 0; i < expectiles.size(); ++i) {
    const Vector<double> all = learned_value(options, mdp, expectiles[i]);
    const Vector<double> some = learned_value(options, partial, expectiles[i]);
    result[i] = {(best.value - all).mean() / missed, (best.value - some).mean() / missed,
                 (supported - some).mean() / missed};
  }
  return result;
}

/// The means over the processes.
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
