/// \file
/// The chain, and the errors of each learner on it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "holdfast/environments/tabular/chain.hpp"
#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "studies/error_propagation/options.hpp"

namespace chain {

using Entries = Table<double>;
enum Action : Index { on, quit };

/// The errors of one learner. All true values are 0.
struct Run {
  std::string learner;
  Matrix<double> error;  ///< states × (backups + 1): Q(s, on), which is in the data, before and after each backup
  std::vector<double> untried;  ///< Q(last, quit), which is not in the data
};

/// Returns each action of each state once; `quit` in the last state only if it was `collected`. No step has a reward.
inline Batch<double, ActionIndices> transitions(const Options& options, bool collected) {
  const TabularMdp mdp = chain_mdp({.states = options.states, .goal_reward = 0, .retreat = ChainRetreat::quit});
  ActionCounts counts = ActionCounts::Ones(2, options.states);
  if (!collected) counts(quit, options.states - 1) = 0;
  return exact_batch(mdp, counts, 1, options.discount);
}

/// The number of updates per backup. Each update moves the critics half of the way to their targets, which are copied
/// after the last one.
constexpr Index fitting = 24;

/// Trains a learner whose initial values are all 0 except that of the untried action. That action is tried once before
/// backup `collect_at`, if `collect_at` is positive.
template <class Learner>
Run run(std::string name, const Options& options, typename Learner::Config config, Index collect_at = 0) {
  const auto before = transitions(options, false);
  const auto after = transitions(options, true);
  const Index last = options.states - 1;
  config.discount = options.discount;
  config.target_rate = 1;
  config.track_every = fitting;
  config.critic_loss = CriticLoss::squared;
  config.critics.size = 1;
  config.critics.optimizer = gradient_descent(static_cast<double>(before.size()) / 4);
  Learner learner(config, {options.states, 2}, 1);
  const auto entry = [&learner](Index state, Action action) -> double& {
    return learner.critics().member(Net::online, 0).parameters()(2 * state + action);
  };
  entry(last, quit) = options.error;
  learner.critics().track(1);

  Run result{std::move(name), Matrix<double>(options.states, options.backups + 1), {}};
  for (Index backup = 0;; ++backup) {
    for (Index s = 0; s < options.states; ++s) result.error(s, backup) = entry(s, on);
    result.untried.push_back(entry(last, quit));
    if (backup == options.backups) return result;
    const auto& data = collect_at > 0 && backup + 1 >= collect_at ? after : before;
    for (Index i = 0; i < fitting; ++i) learner.update(data);
  }
}

inline std::vector<Run> run_all(const Options& options) {
  FiniteCql<Entries>::Config cql;
  cql.penalty.alpha = options.alpha;
  FiniteIql<Entries>::Config iql;
  iql.value.expectile = options.expectile;
  iql.value.optimizer = gradient_descent(static_cast<double>(options.states) / 2);
  iql.policy_optimizer = gradient_descent(static_cast<double>(options.states));
  FiniteBear<Entries>::Config bear;
  // One multiplier bounds the mean over states, and in only one state there is anything to hold the policy back from.
  bear.improvement.threshold = 0;
  bear.improvement.initial_multiplier = 10 * options.error;
  bear.improvement.log_multiplier_min = -100;
  bear.improvement.log_multiplier_max = 100;
  bear.policy_optimizer = gradient_descent(static_cast<double>(options.states));
  bear.improvement.divergence.behavior_optimizer = gradient_descent(static_cast<double>(options.states));
  return {run<Dqn<Entries>>("dqn", options, {}), run<Dqn<Entries>>("dqn collected", options, {}, options.collect_at),
          run<FiniteCql<Entries>>("cql", options, cql), run<FiniteBear<Entries>>("bear", options, bear),
          run<FiniteIql<Entries>>("iql", options, iql)};
}

}  // namespace chain
