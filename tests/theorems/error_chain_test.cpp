/// \file
/// Tests how one error spreads (Kumar et al. 2019, "BEAR", section 4). In a chain without rewards every value is 0, but
/// Q starts at 1 for one action of the last state that the data never took. Each backup passes γ times the maximum one
/// state further upstream, and no data ever corrects it. If the action is collected once, the error dies out. CQL, BEAR
/// and IQL do not even need that.
#include <cmath>

#include "catch.hpp"
#include "holdfast/environments/tabular/chain.hpp"
#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "support/tabular.hpp"

namespace error_chain_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Entries = Table<double>;
constexpr Index length = 12;
constexpr Index last = length - 1;
constexpr double discount = 0.9;
enum Action : Index { on, quit };

/// Returns every action of every state once, except `quit` in the last state unless it is `collected`.
Batch<double, ActionIndices> chain(bool collected) {
  const TabularMdp mdp = chain_mdp({.states = length, .goal_reward = 0, .retreat = ChainRetreat::quit});
  ActionCounts counts = ActionCounts::Ones(2, length);
  counts(quit, last) = collected ? 1 : 0;
  return exact_batch(mdp, counts, 1, discount);
}

/// Returns a learner whose values are all 0 except for the one that is wrong. Each update is one backup: the critics'
/// step goes all the way to their targets, which are copied after it.
template <class Learner>
Learner begun(typename Learner::Config config = {}) {
  config.discount = discount;
  config.target_rate = 1;
  config.track_every = 1;
  config.critic_loss = CriticLoss::squared;
  config.critics.size = 1;
  config.critics.optimizer = gradient_descent(static_cast<double>(chain(false).size()) / 2);
  Learner learner(config, {length, 2}, 1);
  for (const Net net : {Net::online, Net::target}) learner.critics().member(net, 0).parameters()(2 * last + quit) = 1;
  return learner;
}

/// Returns Q(s, on) of the state `steps` steps before the last.
template <class Learner>
double upstream(const Learner& learner, Index steps) {
  return q_table(learner)(on, last - steps);
}

template <class Learner>
double largest_error_on_data(const Learner& learner) {
  Matrix<double> q = q_table(learner);
  q(quit, last) = 0;
  return q.cwiseAbs().maxCoeff();
}

}  // namespace

TEST_CASE("After k backups the error k states upstream is its k-th power of the discount, for ever", "[theorems]") {
  auto learner = begun<Dqn<Entries>>();
  const auto batch = chain(false);
  for (Index backup = 1; backup <= 40; ++backup) {
    learner.update(batch);
    for (Index steps = 1; steps <= last; ++steps) {
      CAPTURE(backup, steps);
      const double expected = steps <= backup ? std::pow(discount, steps) : 0;
      CHECK(std::abs(upstream(learner, steps) - expected) < 1e-9);
    }
    CHECK(q_table(learner)(quit, last) == 1);
  }
}

TEST_CASE("Collected once, the action is corrected, and the error leaves the chain behind it", "[theorems]") {
  auto learner = begun<Dqn<Entries>>();
  const auto before = chain(false);
  const auto after = chain(true);
  for (Index backup = 1; backup <= 2 * length; ++backup) learner.update(before);
  // For the mean over the transitions of `before`, the step goes all the way; with one more transition, a little less
  // far.
  const double rest = 1 - static_cast<double>(before.size()) / static_cast<double>(after.size());
  // The last of the error takes `length` backups to leave the chain; what each backup leaves of it takes a few more.
  for (Index backup = 1; backup <= 3 * length; ++backup) {
    learner.update(after);
    CAPTURE(backup);
    CHECK(std::abs(q_table(learner)(quit, last) - std::pow(rest, backup)) < 1e-9);
  }
  CHECK(largest_error_on_data(learner) < 1e-12);
}

TEST_CASE("IQL never asks for the action, and never errs", "[theorems]") {
  const auto batch = chain(false);
  for (const double expectile : {0.5, 0.9, 0.99}) {
    FiniteIql<Entries>::Config config;
    config.value.expectile = expectile;
    auto learner = begun<FiniteIql<Entries>>(config);
    for (int i = 0; i < 200; ++i) learner.update(batch);
    CHECK(largest_error_on_data(learner) == 0);
    CHECK(q_table(learner)(quit, last) == 1);
    CHECK(policy_table(learner.policy())(quit, last) < 0.5);
  }
}

TEST_CASE("CQL talks the promise down until nobody believes it", "[theorems]") {
  FiniteCql<Entries>::Config config;
  config.penalty.alpha = 1;
  auto learner = begun<FiniteCql<Entries>>(config);
  const auto batch = chain(false);
  // In the last state, the step is q ← −(α/2) (softmax q − 1) for the action in the data, and q ← q − (α/2) softmax q
  // for the other. Upstream both actions are in the data, and the value of the next state is added.
  double seen = 0;
  double unseen = 1;
  for (int backup = 1; backup <= 200; ++backup) {
    learner.update(batch);
    const double share = 1 / (1 + std::exp(seen - unseen));
    seen = share / 2;
    unseen -= share / 2;
    CAPTURE(backup);
    CHECK(std::abs(q_table(learner)(on, last) - seen) < 1e-9);
    CHECK(std::abs(q_table(learner)(quit, last) - unseen) < 1e-9);
  }
  CHECK(largest_error_on_data(learner) < 0.02);
}

TEST_CASE("BEAR's policy leaves what the data does not support, and the error with it", "[theorems]") {
  FiniteBear<Entries>::Config config;
  config.policy_optimizer = gradient_descent(100);
  // One multiplier bounds the mean over twelve states, and the error is in one of them.
  config.improvement.threshold = 0;
  config.improvement.initial_multiplier = 10;
  config.improvement.divergence.behavior_optimizer = gradient_descent(100);
  auto learner = begun<FiniteBear<Entries>>(config);
  const auto batch = chain(false);
  double largest = 0;
  for (int i = 0; i < 400; ++i) {
    learner.update(batch);
    largest = std::max(largest, largest_error_on_data(learner));
  }
  CHECK(largest > 0.1);  // before the policy knows what is supported
  CAPTURE(q_table(learner), policy_table(learner.policy()));
  CHECK(largest_error_on_data(learner) < 0.02);
  CHECK(q_table(learner)(quit, last) == 1);
  CHECK(policy_table(learner.policy())(quit, last) < 0.01);
}

}  // namespace error_chain_test
