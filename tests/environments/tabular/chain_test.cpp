#include "holdfast/environments/tabular/chain.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"

namespace chain_test {

using namespace holdfast;

TEST_CASE("A chain has the chances and rewards of its picture", "[chain]") {
  const TabularMdp mdp = chain_mdp({.states = 3, .slip = 0.25, .goal_reward = 8, .step_reward = -4});
  CHECK_NOTHROW(mdp.validate());
  Matrix<double> expected(3, 6);
  expected << 0.25, 0.75, 0.25, 0.75, 0, 0,  //
      0.75, 0.25, 0, 0, 0.25, 0.75,          //
      0, 0, 0.75, 0.25, 0, 0;
  CHECK(mdp.transitions == expected);
  CHECK(mdp.terminations.col(2) == Eigen::Vector2d(0.75, 0.25));
  CHECK(mdp.terminations.leftCols(2).isZero(0));
  CHECK(mdp.rewards.col(2) == Eigen::Vector2d(5, -1));
  CHECK((mdp.rewards.leftCols(2).array() == -4).all());
  CHECK(mdp.initial == Vector<double>::Unit(3, 0));
}

TEST_CASE("The second action of a chain retreats as told", "[chain]") {
  const auto reached = [](ChainRetreat retreat, Index state) {
    const TabularMdp mdp = chain_mdp({.states = 4, .retreat = retreat});
    CHECK_NOTHROW(mdp.validate());
    Index next = -1;
    mdp.transitions.col(mdp.column(state, 1)).maxCoeff(&next);
    return next;
  };
  CHECK(reached(ChainRetreat::back, 0) == 0);
  CHECK(reached(ChainRetreat::back, 3) == 2);
  CHECK(reached(ChainRetreat::start, 3) == 0);
  CHECK(reached(ChainRetreat::stay, 3) == 3);
  CHECK(chain_mdp({.states = 1}).transitions(0, 1) == 1);
  const TabularMdp quits = chain_mdp({.states = 4, .slip = 0.25, .retreat = ChainRetreat::quit});
  for (Index s = 0; s < 3; ++s) CHECK(quits.terminations.col(s) == Eigen::Vector2d(0.25, 0.75));
  CHECK(quits.terminations.col(3) == Eigen::Vector2d(1, 1));
  for (const ChainRetreat retreat : {ChainRetreat::back, ChainRetreat::start, ChainRetreat::stay, ChainRetreat::quit})
    CHECK_NOTHROW(chain_mdp({.states = 1, .slip = 0.5, .retreat = retreat}).validate());
}

TEST_CASE("It is best to go on, for the value of the formula", "[chain]") {
  const double discount = 0.9;
  const TabularSolution best = optimum(chain_mdp({.states = 6, .goal_reward = 2, .step_reward = -0.1}), discount);
  for (Index state = 0; state < 6; ++state) {
    const double factor = std::pow(discount, static_cast<double>(5 - state));
    CHECK(std::abs(best.value[state] - (2 * factor - 0.1 * (1 - factor) / (1 - discount))) < 1e-14);
    CHECK(best.policy(0, state) == 1);
  }
}

TEST_CASE("A slipping chain without discount has the expected duration of its walk", "[chain]") {
  // Each step goes on with probability p, and back to the start with 1 − p: n steps on in a row take
  // (p⁻ⁿ − 1) / (1 − p) on average.
  const TabularMdp mdp =
      chain_mdp({.states = 4, .slip = 0.2, .goal_reward = 1, .step_reward = 1, .retreat = ChainRetreat::start});
  Matrix<double> on = Matrix<double>::Zero(2, 4);
  on.row(0).setOnes();
  const double duration = (std::pow(0.8, -4) - 1) / 0.2;
  CHECK(std::abs(policy_return(mdp, on, 1) - duration) < 1e-13);
  CHECK(std::abs(discounted_visits(mdp, on, 1).sum() - duration) < 1e-13);
}

TEST_CASE("A bad chain config is refused by name", "[chain]") {
  CHECK_THROWS_AS(chain_mdp({.states = 0}), ConfigError);
  CHECK_THROWS_WITH(chain_mdp({.states = 0}), Contains("chain.states") && Contains("0"));
  CHECK_THROWS_WITH(chain_mdp({.slip = 1.5}), Contains("chain.slip") && Contains("1.5"));
  CHECK_THROWS_WITH(chain_mdp({.goal_reward = std::nan("")}), Contains("chain.goal_reward") && Contains("finite"));
  CHECK_THROWS_WITH(chain_mdp({.step_reward = -INFINITY}), Contains("chain.step_reward") && Contains("-inf"));
}

}  // namespace chain_test
