#include "holdfast/policies/greedy.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/deployed.hpp"

namespace greedy_test {

using namespace holdfast;

namespace {

using C = Ensemble<TabularQ<double>>;

// Returns two critics of three actions in four states, whose minimum is
//     1  0  2  5
//     2  0 -1  5
//     2  0  3  4
C critics() {
  Generator unused(1);
  C made({}, {.observation = 4, .action = 3}, unused);
  made.member(Net::online, 0).parameters() = Matrix<double>{{1, 0, 9, 5}, {2, 0, 8, 6}, {2, 0, 3, 7}}.reshaped();
  made.member(Net::online, 1).parameters() = Matrix<double>{{3, 0, 2, 9}, {9, 0, -1, 5}, {4, 0, 4, 4}}.reshaped();
  // The targets must not matter.
  for (Index i = 0; i < 2; ++i)
    made.member(Net::target, i).parameters() = Matrix<double>{{9, 9, 9, 0}, {0, 0, 0, 0}, {0, 0, 0, 9}}.reshaped();
  return made;
}

const Matrix<double> states = Matrix<double>::Identity(4, 4);
const ActionIndices best{{1, 0, 2, 0}};  // the first of equal values, twice

}  // namespace

TEST_CASE("The mode of a greedy policy is the action of the largest minimum over the critics, the first of equals",
          "[greedy]") {
  for (const double epsilon : {0.0, 0.3, 1.0}) {
    const Greedy<C> policy(critics(), 3, epsilon);
    Greedy<C>::Tape tape;
    ActionIndices actions;
    policy.mode(states, tape, actions);
    CHECK(actions == best);
  }
}

TEST_CASE("A value that is no number is not overlooked", "[greedy]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Index place : {0, 1, 2}) {
    Row<double> values{{1, 0, 2}};
    values(place) = nan;
    CHECK(best_action(values, 3, 0) == place);
  }
  CHECK(best_action(Row<double>{{5, 5, 5, 1, 2, 2}}, 3, 1) == 1);
}

TEST_CASE("A greedy policy proposes every action, the others with their share of epsilon", "[greedy]") {
  for (const double epsilon : {0.0, 0.3, 1.0}) {
    const Greedy<C> policy(critics(), 3, epsilon);
    CHECK(policy.epsilon() == epsilon);
    CHECK(policy.action_size() == 3);
    CHECK(policy.critics().size() == 2);
    Generator generator(2);
    Greedy<C>::Tape tape;
    Proposal<double, ActionIndices> proposal;
    policy.propose(states, 1, generator, tape, proposal);
    CHECK(generator.state() == Generator(2).state());
    CHECK(proposal.per_state == 3);
    REQUIRE(proposal.states() == 4);
    for (Index i = 0; i < 12; ++i) {
      CHECK(proposal.actions(i) == i % 3);
      const double probability = epsilon / 3 + (i % 3 == best(i / 3) ? 1 - epsilon : 0);
      CHECK(std::abs(proposal.weights(i) - probability) < 1e-15);
      if (probability == 0)
        CHECK(proposal.log_probs(i) == -std::numeric_limits<double>::infinity());
      else
        CHECK(std::abs(proposal.log_probs(i) - std::log(probability)) < 1e-14);
    }
  }
}

TEST_CASE("Without epsilon a draw of a greedy policy is its mode", "[greedy]") {
  DeployedPolicy acting(Greedy<C>(critics(), 3), Normalization<double>::identity(4));
  Generator generator(3);
  ActionIndices actions;
  for (int i = 0; i < 100; ++i) {
    CHECK((acting.act(states, Acting::sample, generator, actions) == 0).all());
    CHECK(actions == best);
  }
}

TEST_CASE("A greedy policy needs critics, actions and a probability", "[greedy]") {
  using Nobody = NoCritics<double, ActionIndices>;
  CHECK_THROWS_WITH(Greedy<Nobody>({}, 3), Contains("critics.size must be at least 1") && Contains("but is 0"));
  CHECK_THROWS_WITH(Greedy<C>(critics(), 0), Contains("sizes.action must be positive, but is 0"));
  CHECK_THROWS_WITH(Greedy<C>(critics(), 5), Contains("sizes.action must be 3, as the critics have, but is 5"));
  CHECK_THROWS_WITH(Greedy<C>(critics(), 3, -0.5), Contains("epsilon must be in [0, 1], but is -0.5"));
  CHECK_THROWS_WITH(Greedy<C>(critics(), 3, 1.5), Contains("epsilon must be in [0, 1], but is 1.5"));
  CHECK_THROWS_AS(Greedy<C>(critics(), 3, std::numeric_limits<double>::quiet_NaN()), ConfigError);
}

}  // namespace greedy_test
