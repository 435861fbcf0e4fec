#include "holdfast/environments/tabular/random_mdp.hpp"

#include <cmath>

#include "catch.hpp"

namespace random_mdp_test {

using namespace holdfast;

TEST_CASE("A random MDP is valid and has the branches asked for", "[random_mdp]") {
  Generator generator(1);
  for (const Index branching : {1, 2, 5, 7}) {
    const TabularMdp mdp = random_mdp({.states = 7, .actions = 4, .branching = branching}, generator);
    CHECK_NOTHROW(mdp.validate());
    CHECK(mdp.available.all());
    CHECK(mdp.terminations.isZero(0));
    CHECK(mdp.initial.isApproxToConstant(1.0 / 7));
    for (Index column = 0; column < 28; ++column) CHECK((mdp.transitions.col(column).array() > 0).count() == branching);
  }
  const TabularMdp ending = random_mdp({.termination = 0.3, .rewards = RewardLaw::uniform}, generator);
  CHECK_NOTHROW(ending.validate());
  CHECK(ending.terminations.isApproxToConstant(0.3));
  CHECK(ending.rewards.minCoeff() >= 0);
  CHECK(ending.rewards.maxCoeff() < 1);
}

TEST_CASE("With a resolution the chances of a random MDP are its multiples", "[random_mdp]") {
  Generator generator(2);
  const TabularMdp mdp = random_mdp({.states = 6, .branching = 3, .resolution = 8, .termination = 0.25}, generator);
  CHECK_NOTHROW(mdp.validate());
  CHECK((mdp.terminations.array() == 0.25).all());
  for (const double chance : mdp.transitions.reshaped()) CHECK(chance * 8 == std::round(chance * 8));
  for (Index column = 0; column < mdp.transitions.cols(); ++column) {
    CHECK(mdp.transitions.col(column).sum() == 0.75);
    CHECK((mdp.transitions.col(column).array() > 0).count() == 3);
  }
  // As many branches as units: each branch has one unit.
  const TabularMdp even = random_mdp({.states = 6, .branching = 6, .resolution = 6}, generator);
  CHECK((even.transitions.array() == 1.0 / 6).all());
}

TEST_CASE("The branches of random MDPs are uniform in states and in lengths", "[random_mdp]") {
  // 6000 columns of 5 states. A state is among the 2 branches with probability 2/5. The standard error is
  // √(0.24/6000) = 0.0063, so that a deviation beyond 0.032 has probability 6e-7, for five states 3e-6. Its mean
  // probability is half of that, 0.2, with a variance below 0.1 and so a standard error below 0.0041. For 4 units the
  // cut is at 1, 2 or 3 with equal probability: 1/3, with a standard error of 0.0061.
  Generator generator(3);
  const RandomMdpConfig config{.states = 5, .actions = 1200, .branching = 2};
  const TabularMdp mdp = random_mdp(config, generator);
  for (Index state = 0; state < 5; ++state) {
    const auto chances = mdp.transitions.row(state).array();
    CHECK(std::abs((chances > 0).cast<double>().mean() - 0.4) < 0.032);
    CHECK(std::abs(chances.mean() - 0.2) < 0.021);
  }
  RandomMdpConfig coarse = config;
  coarse.resolution = 4;
  const TabularMdp quarters = random_mdp(coarse, generator);
  const auto halves = static_cast<double>((quarters.transitions.array() == 0.5).count()) / 2;
  CHECK(std::abs(halves / 6000 - 1.0 / 3) < 0.031);
}

TEST_CASE("Equal generators make equal random MDPs", "[random_mdp]") {
  Generator generator(4);
  Generator again(4);
  const TabularMdp first = random_mdp({}, generator);
  const TabularMdp second = random_mdp({}, again);
  CHECK(first.transitions == second.transitions);
  CHECK(first.rewards == second.rewards);
  CHECK(random_mdp({}, generator).transitions != first.transitions);
}

TEST_CASE("A bad config of a random MDP is refused by name", "[random_mdp]") {
  Generator generator(5);
  CHECK_THROWS_AS(random_mdp({.states = 0}, generator), ConfigError);
  CHECK_THROWS_WITH(random_mdp({.states = 0}, generator), Contains("random_mdp.states"));
  CHECK_THROWS_WITH(random_mdp({.actions = 0}, generator), Contains("random_mdp.actions"));
  CHECK_THROWS_WITH(random_mdp({.states = 2, .branching = 3}, generator), Contains("random_mdp.branching"));
  CHECK_THROWS_WITH(random_mdp({.resolution = -1}, generator), Contains("random_mdp.resolution"));
  CHECK_THROWS_WITH(random_mdp({.termination = 1}, generator), Contains("random_mdp.termination"));
  CHECK_THROWS_WITH(random_mdp({.resolution = 8, .termination = 0.3}, generator),
                    Contains("multiple of 1/resolution") && Contains("0.3"));
  CHECK_THROWS_WITH(random_mdp({.branching = 3, .resolution = 4, .termination = 0.5}, generator),
                    Contains("random_mdp.resolution") && Contains("4"));
}

}  // namespace random_mdp_test
