/// \file
/// Theorem 3 of Kostrikov et al. 2022, "Offline reinforcement learning with implicit Q-learning": as τ → 1 the value
/// rises to that of the best policy inside the support of the data. With uniformly random behavior, the worst teacher,
/// this is the optimum: V* if every action is taken somewhere, and the optimum over the supported actions if some never
/// are.
#include <array>
#include <cstdint>

#include "catch.hpp"
#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/learners/iql.hpp"
#include "support/finite_difference.hpp"
#include "support/tabular.hpp"

namespace uniform_behavior_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Trained = FiniteIql<Table<double>>;
constexpr Index states = 6;
constexpr Index actions = 3;
constexpr double discount = 0.9;
constexpr std::array<double, 5> expectiles = {0.5, 0.7, 0.9, 0.99, 0.999};

TabularMdp world(std::uint64_t seed) {
  Generator generator(seed);
  return random_mdp({.states = states,
                     .actions = actions,
                     .branching = 2,
                     .resolution = 4,
                     .termination = 0.25,
                     .rewards = RewardLaw::uniform},
                    generator);
}

Trained trained(const TabularMdp& mdp, double expectile) {
  Trained::Config config;
  config.discount = discount;
  config.target_rate = 1;
  config.critics.optimizer = gradient_descent(6);
  config.policy_optimizer = gradient_descent(1);
  config.value.expectile = expectile;
  config.value.optimizer = gradient_descent(2.5);
  config.improvement.temperature = 0.05;
  Trained learner(config, {states, actions}, 1);
  const auto batch = exact_batch(mdp, mdp.available.cast<Index>(), 4, discount);
  for (int i = 0; i < 2000; ++i) learner.update(batch);
  return learner;
}

Vector<double> value(const Trained& learner) {
  TabularV<double>::Tape tape;
  return learner.value().network().values(Matrix<double>::Identity(states, states), tape).matrix().transpose();
}

}  // namespace

TEST_CASE("From uniformly random behavior IQL rises to V* as its expectile goes to 1", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const TabularMdp mdp = world(seed);
    const Vector<double> best = optimum(mdp, discount).value;
    const Vector<double> behavior = evaluate_policy(mdp, uniform_policy(mdp), discount).value;
    Vector<double> below = behavior;
    double distance = 1e300;
    for (const double expectile : expectiles) {
      CAPTURE(seed, expectile);
      const Vector<double> found = value(trained(mdp, expectile));
      CHECK((found - below).minCoeff() > -1e-8);
      CHECK((best - found).minCoeff() > -1e-8);
      const double left = (best - found).maxCoeff();
      CHECK(left < 0.8 * distance);
      if (expectile == 0.5) CHECK(difference(found, behavior) < 1e-8);
      below = found;
      distance = left;
    }
    CHECK(distance < 0.01);
  }
}

TEST_CASE("Where actions are never taken IQL finds the best of those that are", "[theorems]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    TabularMdp mdp = world(seed);
    const TabularSolution best = optimum(mdp, discount);
    for (Index s = 0; s < states; s += 2)
      mdp.available.col(s) = best.policy.col(s).array() == 0;  // the best action is missing
    const TabularSolution supported = optimum(mdp, discount);
    const Trained learner = trained(mdp, 0.999);
    CAPTURE(seed);
    CHECK((supported.value - value(learner)).cwiseAbs().maxCoeff() < 0.01);
    CHECK((best.value - supported.value).maxCoeff() > 0.1);
    CHECK(mode_table(learner.policy(), states) == supported.policy);
  }
}

}  // namespace uniform_behavior_test
