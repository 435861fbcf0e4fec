/// \file
/// The recommendations of each learner for one dataset.
#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/policies/deployed.hpp"
#include "studies/rare_treatment/world.hpp"

namespace treatment {

using Entries = Table<double>;

constexpr std::array<std::string_view, 8> learners = {"bc", "dqn", "sac", "bear", "brac", "awac", "cql", "iql"};

/// The recommendations of a learner.
struct Advice {
  std::array<bool, severities> aggressive{};  ///< true if it recommends the aggressive treatment, for each severity
  double recovered = 0;                       ///< true share of patients who recover by them
};

/// A dataset, and the recommendations of each of `learners` after training on it.
struct Run {
  World world = World::harmful;
  double chance = 0;
  std::uint64_t seed = 0;
  std::array<Index, severities> tried{};  ///< how often the aggressive treatment was tried in each severity
  std::array<Advice, learners.size()> advice{};
};

/// Returns the most likely treatment of the deployed policy in each severity, after training with tables.
template <class Learner>
Advice advice_of(const Options& options, World world, const Transitions<double, ActionIndices>& data,
                 typename Learner::Config config) {
  const AdamConfig optimizer{.learning_rate = 0.02};
  config.discount = 1;
  config.target_rate = 1;
  config.track_every = 1;
  config.critic_loss = CriticLoss::squared;
  config.policy_optimizer = optimizer;
  if constexpr (requires { config.critics.optimizer; }) {
    config.critics.optimizer = optimizer;
    config.critics.network.initial = options.initial;
  }
  if constexpr (requires { config.value.expectile; }) {
    config.value.expectile = options.expectile;
    config.value.optimizer = optimizer;
  }
  if constexpr (requires { config.improvement.divergence.behavior_optimizer; }) {
    config.improvement.divergence.behavior_optimizer = optimizer;
    config.improvement.multiplier_optimizer = optimizer;
  }

  Learner learner(config, {states, treatments}, options.seed);
  std::vector<Index> all(static_cast<std::size_t>(data.size()));
  std::iota(all.begin(), all.end(), Index{0});
  Batch<double, ActionIndices> batch;
  data.gather(all, config.discount, batch);
  for (Index i = 0; i < options.updates; ++i) learner.update(batch);

  DeployedPolicy policy(learner.acting(), Normalization<double>::identity(states));
  Generator unused(0);
  ActionIndices chosen;
  policy.act(Matrix<double>::Identity(states, states), Acting::mode, unused, chosen);
  chosen(severities) = standard;  // a recovered patient leaves, whatever the policy recommends
  Advice advice;
  Matrix<double> taken = Matrix<double>::Zero(treatments, states);
  for (Index s = 0; s < states; ++s) taken(chosen(s), s) = 1;
  for (Index s = 0; s < severities; ++s) advice.aggressive[static_cast<std::size_t>(s)] = chosen(s) == aggressive;
  advice.recovered = policy_return(disease(world), taken, 1);
  return advice;
}

/// Fills in the recommendations of each learner for the dataset of `run`'s world, chance and seed.
inline void learn(const Options& options, Run& run) {
  const Transitions<double, ActionIndices> data = records(run.world, options.records, run.chance, run.seed);
  for (Index i = 0; i < data.size(); ++i)
    for (Index s = 0; s < severities; ++s)
      run.tried[static_cast<std::size_t>(s)] += data.actions(i) == aggressive && data.observations(s, i) == 1;

  FiniteSac<Entries>::Config sac;
  sac.improvement.learn_temperature = false;
  sac.improvement.initial_temperature = options.sac_temperature;
  FiniteBrac<Entries>::Config brac;
  brac.improvement.initial_multiplier = options.price;
  FiniteAwac<Entries>::Config awac;
  awac.improvement.temperature = options.temperature;
  FiniteCql<Entries>::Config cql;
  cql.penalty.alpha = options.alpha;
  FiniteIql<Entries>::Config iql;
  iql.improvement.temperature = options.temperature;
  const auto advice = [&]<class Learner>(const typename Learner::Config& config) {
    return advice_of<Learner>(options, run.world, data, config);
  };
  run.advice = {advice.operator()<FiniteBc<Entries>>({}),     advice.operator()<Dqn<Entries>>({}),
                advice.operator()<FiniteSac<Entries>>(sac),   advice.operator()<FiniteBear<Entries>>({}),
                advice.operator()<FiniteBrac<Entries>>(brac), advice.operator()<FiniteAwac<Entries>>(awac),
                advice.operator()<FiniteCql<Entries>>(cql),   advice.operator()<FiniteIql<Entries>>(iql)};
}

}  // namespace treatment
