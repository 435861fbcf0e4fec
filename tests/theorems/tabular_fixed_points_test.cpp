/// \file
/// Tests that each learner over finite actions converges to the fixed point of its own theory, which is computed by
/// other means. Tables and batches represent a random process and a random behavior policy exactly.
#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/in_data_solutions.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/sac.hpp"
#include "support/finite_difference.hpp"
#include "support/tabular.hpp"

namespace tabular_fixed_points_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Entries = Table<double>;

constexpr double discount = 0.9;
constexpr double tolerance = 1e-8;

/// A random process, a behavior policy that tries every action with different frequencies, and both as a batch.
struct World {
  static constexpr Index resolution = 4;

  explicit World(std::uint64_t seed) {
    Generator generator(seed);
    mdp = random_mdp({.states = 5,
                      .actions = 3,
                      .branching = 2,
                      .resolution = resolution,
                      .termination = 0.25,
                      .rewards = RewardLaw::uniform},
                     generator);
    counts.resize(3, 5);
    for (Index s = 0; s < 5; ++s) {
      counts.col(s) << 1, 2, 3;
      for (Index a = 2; a > 0; --a) std::swap(counts(a, s), counts(generator.index(a + 1), s));
    }
    behavior = behavior_of(counts);
    batch = exact_batch(mdp, counts, resolution, discount);
  }

  TabularMdp mdp;
  ActionCounts counts;
  Matrix<double> behavior;
  Batch<double, ActionIndices> batch;
};

/// Returns the configuration of a learner whose critics follow the gradient and whose targets are copied. It starts
/// away from any fixed point.
template <class Learner>
typename Learner::Config descending() {
  typename Learner::Config config;
  config.discount = discount;
  config.target_rate = 1;
  config.track_every = 1;
  config.critic_loss = CriticLoss::squared;
  if constexpr (requires { config.critics.optimizer; }) {
    config.critics.optimizer = gradient_descent(5);
    config.critics.network.initial = 3;
  }
  config.policy_optimizer = gradient_descent(5);
  return config;
}

template <class Learner>
Learner trained(const typename Learner::Config& config, const World& world, int updates) {
  Learner learner(config, {world.mdp.states(), world.mdp.actions()}, 1);
  for (int i = 0; i < updates; ++i) learner.update(world.batch);
  return learner;
}

/// Returns the world without the action that the data takes least in every other state.
World with_missing_actions(std::uint64_t seed) {
  World world(seed);
  for (Index s = 0; s < world.mdp.states(); s += 2)
    world.counts.col(s) = (world.counts.col(s) == 1).select(0, world.counts.col(s));
  world.mdp.available = world.counts > 0;
  world.behavior = behavior_of(world.counts);
  world.batch = exact_batch(world.mdp, world.counts, World::resolution, discount);
  return world;
}

/// Returns the largest difference over the available actions.
double difference_in_data(const World& world, const Matrix<double>& found, const Matrix<double>& expected) {
  return world.mdp.available.select((found - expected).array().abs(), 0).maxCoeff();
}

Matrix<double> backed_up(const World& world, const Vector<double>& value) {
  return world.mdp.rewards + discount * expected_next(world.mdp, value);
}

}  // namespace

TEST_CASE("BC is the behavior policy", "[theorems]") {
  const World world(1);
  const auto learner = trained<FiniteBc<Entries>>(descending<FiniteBc<Entries>>(), world, 2000);
  CHECK(difference(policy_table(learner.policy()), world.behavior) < tolerance);
}

TEST_CASE("DQN is value iteration", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U, 3U})
    for (const bool double_q : {true, false}) {
      const World world(seed);
      auto config = descending<Dqn<Entries>>();
      config.value.double_q = double_q;
      const auto learner = trained<Dqn<Entries>>(config, world, 1500);
      const TabularSolution exact = optimum(world.mdp, discount);
      CHECK(difference(q_table(learner), exact.q) < tolerance);
      CHECK(mode_table(learner.acting(), world.mdp.states()) == exact.policy);
    }
}

TEST_CASE("The Huber loss has the same fixed point where the process is deterministic", "[theorems]") {
  // Otherwise its fixed point is between the mean and the median of the next values.
  const World world(1);
  auto config = descending<Dqn<Entries>>();
  config.critic_loss = CriticLoss::huber;
  const auto stochastic = trained<Dqn<Entries>>(config, world, 3000);
  CHECK(difference(q_table(stochastic), optimum(world.mdp, discount).q) > 1e-3);

  World chain(1);
  Generator generator(2);
  chain.mdp = random_mdp({.states = 5, .actions = 3, .branching = 1, .resolution = 1, .rewards = RewardLaw::uniform},
                         generator);
  chain.batch = exact_batch(chain.mdp, chain.counts, 1, discount);
  const auto learner = trained<Dqn<Entries>>(config, chain, 6000);
  CHECK(difference(q_table(learner), optimum(chain.mdp, discount).q) < tolerance);
}

TEST_CASE("SAC is the soft optimum", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U}) {
    const World world(seed);
    auto config = descending<FiniteSac<Entries>>();
    config.improvement.learn_temperature = false;
    config.improvement.initial_temperature = 0.7;
    const auto learner = trained<FiniteSac<Entries>>(config, world, 3000);
    const TabularSolution exact = soft_optimum(world.mdp, discount, 0.7);
    CHECK(difference(q_table(learner), exact.q) < tolerance);
    CHECK(difference(policy_table(learner.policy()), exact.policy) < tolerance);
  }
}

TEST_CASE("BRAC is the optimum regularized by the KL divergence from the data", "[theorems]") {
  const World world(1);
  auto config = descending<FiniteBrac<Entries>>();
  config.improvement.initial_multiplier = 0.7;
  config.improvement.divergence.behavior_optimizer = gradient_descent(5);
  const auto learner = trained<FiniteBrac<Entries>>(config, world, 3000);
  const TabularSolution exact = soft_optimum(world.mdp, discount, 0.7, world.behavior);
  CHECK(difference(q_table(learner), exact.q) < tolerance);
  CHECK(difference(policy_table(learner.policy()), exact.policy) < tolerance);
}

TEST_CASE("IQL is the fixed point of expectiles: the behavior's value at 1/2, towards the best in the data at 1",
          "[theorems]") {
  const World world(1);
  const auto learned = [&](double expectile) {
    auto config = descending<FiniteIql<Entries>>();
    config.value.expectile = expectile;
    config.value.optimizer = gradient_descent(2);
    return q_table(trained<FiniteIql<Entries>>(config, world, 3000));
  };
  for (const double expectile : {0.5, 0.7, 0.95}) {
    CAPTURE(expectile);
    const Matrix<double> exact = expectile_solution(world.mdp, world.behavior, discount, expectile).q;
    CHECK(difference(learned(expectile), exact) < tolerance);
  }
  CHECK(difference(learned(0.5), evaluate_policy(world.mdp, world.behavior, discount).q) < tolerance);
}

TEST_CASE("Where actions are missing IQL is the fixed point of expectiles over those in the data", "[theorems]") {
  const World world = with_missing_actions(1);
  double distance = std::numeric_limits<double>::infinity();
  const TabularSolution best = optimum(world.mdp, discount);
  for (const double expectile : {0.5, 0.7, 0.95}) {
    CAPTURE(expectile);
    auto config = descending<FiniteIql<Entries>>();
    config.value.expectile = expectile;
    config.value.optimizer = gradient_descent(2);
    config.improvement.temperature = 0.5;
    const auto learner = trained<FiniteIql<Entries>>(config, world, 4000);
    const InDataSolution exact = expectile_solution(world.mdp, world.behavior, discount, expectile);
    CHECK(difference_in_data(world, q_table(learner), exact.q) < tolerance);
    const double left = (best.value - exact.value).maxCoeff();
    CHECK((left > -tolerance && left < distance));
    distance = left;
  }
}

TEST_CASE("IQL's policy is the data's, weighed by the exponential of its advantage", "[theorems]") {
  const World world(1);
  auto config = descending<FiniteIql<Entries>>();
  config.value.optimizer = gradient_descent(2);
  config.improvement.temperature = 0.5;
  config.policy_optimizer = gradient_descent(2);
  const auto learner = trained<FiniteIql<Entries>>(config, world, 4000);
  CHECK(difference(policy_table(learner.policy()), softmax_policy(world.mdp, q_table(learner), 0.5, world.behavior)) <
        tolerance);
}

TEST_CASE("BEAR is the optimum over what the data supports", "[theorems]") {
  // An action is supported if the data takes it in more than a fifth of the cases; one of three has a sixth. The policy
  // has no entropy to keep it from the corners, which a sign-like step reaches in finite time.
  const World world(1);
  auto config = descending<FiniteBear<Entries>>();
  config.improvement.learn_multiplier = false;
  config.improvement.initial_multiplier = 100;
  config.improvement.divergence.threshold = 0.2;
  config.improvement.divergence.behavior_optimizer = gradient_descent(5);
  config.policy_optimizer = {.learning_rate = 0.02, .beta2 = 0.9, .epsilon = 1e-14};
  const auto learner = trained<FiniteBear<Entries>>(config, world, 6000);
  TabularMdp supported = world.mdp;
  supported.available = world.behavior.array() >= 0.2;
  const TabularSolution exact = optimum(supported, discount);
  CHECK(difference(q_table(learner), backed_up(world, exact.value)) < tolerance);
  CHECK(difference(policy_table(learner.policy()), exact.policy) < tolerance);
  CHECK((optimum(world.mdp, discount).value - exact.value).maxCoeff() > 0.1);
}

TEST_CASE("Linear critics of features that tell all states apart have the values of the table", "[theorems]") {
  World world(1);
  Generator generator(3);
  Matrix<double> features(world.mdp.states(), world.mdp.states());
  generator.fill_normal(features);
  features = 0.2 * features + Matrix<double>::Identity(features.rows(), features.cols());
  world.batch.observations = (features * world.batch.observations).eval();
  world.batch.next_observations = (features * world.batch.next_observations).eval();
  auto config = descending<Dqn<Entries>>();
  config.critics.optimizer = gradient_descent(2);
  const auto learner = trained<Dqn<Entries>>(config, world, 6000);
  const Matrix<double> weights =
      learner.critics().member(Net::online, 0).parameters().reshaped(world.mdp.actions(), world.mdp.states());
  CHECK(difference((weights * features).eval(), optimum(world.mdp, discount).q) < tolerance);
}

TEST_CASE("AWAC is exponentiated policy iteration", "[theorems]") {
  // π ← β exp(Q^π/λ) / Z: each step reweights the data by the values of the last policy.
  const World world(1);
  auto config = descending<FiniteAwac<Entries>>();
  config.improvement.temperature = 0.5;
  config.policy_optimizer = gradient_descent(1);
  const auto learner = trained<FiniteAwac<Entries>>(config, world, 4000);
  Matrix<double> policy = world.behavior;
  TabularSolution exact;
  for (int i = 0; i < 200; ++i) {
    exact = evaluate_policy(world.mdp, policy, discount);
    policy = softmax_policy(world.mdp, exact.q, 0.5, world.behavior);
  }
  CHECK(difference(q_table(learner), exact.q) < tolerance);
  CHECK(difference(policy_table(learner.policy()), policy) < tolerance);
}

TEST_CASE("CQL is its penalized fixed point", "[theorems]") {
  for (const double alpha : {0.1, 1.0, 5.0}) {
    CAPTURE(alpha);
    const World world(1);
    auto config = descending<FiniteCql<Entries>>();
    config.penalty.alpha = alpha;
    config.critics.optimizer = gradient_descent(1.5);
    const auto learner = trained<FiniteCql<Entries>>(config, world, 4000);
    const Matrix<double> exact = conservative_solution(world.mdp, world.behavior, discount, alpha).q;
    CHECK(difference(q_table(learner), exact) < tolerance);
  }
}

}  // namespace tabular_fixed_points_test
