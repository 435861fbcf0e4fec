#include "holdfast/policies/proposal.hpp"

#include <array>
#include <cmath>

#include "catch.hpp"

namespace proposal_test {

using namespace holdfast;

TEST_CASE("expect is the weighted sum over each state's actions", "[proposal]") {
  Proposal<double> proposal;
  proposal.per_state = 3;
  proposal.log_probs.setZero(6);
  proposal.weights = (Row<double>(6) << 0.5, 0.25, 0.25, 1, 0, 0).finished();
  const Row<double> values = (Row<double>(6) << 2, 4, 8, -1, 100, 100).finished();
  Row<double> out;
  expect(proposal, values, out);
  REQUIRE(proposal.states() == 2);
  REQUIRE(out.size() == 2);
  CHECK(out(0) == 4);
  CHECK(out(1) == -1);
}

TEST_CASE("Every action is proposed to every state, in order", "[proposal]") {
  Proposal<double, ActionIndices> proposal;
  proposal.actions.setConstant(20, 9);
  propose_every_action(3, 2, proposal);
  CHECK(proposal.per_state == 3);
  CHECK(proposal.actions == ActionIndices{{0, 1, 2, 0, 1, 2}});
}

TEST_CASE("An action is chosen as often as its weight says, and never one of weight zero", "[proposal]") {
  constexpr int draws = 20000;
  Proposal<double, ActionIndices> proposal;
  propose_every_action(4, 3, proposal);
  proposal.weights = Row<double>{{0.1, 0, 0.6, 0.3, 0, 0.25, 0.7, 0.05, 0.2, 0.3, 0.5, 0}};
  proposal.log_probs = proposal.weights.log();
  Generator generator(1);
  Proposal<double, ActionIndices> out;
  std::array<std::array<int, 4>, 3> counts{};
  bool told_right = true;
  for (int i = 0; i < draws; ++i) {
    choose(proposal, generator, out);
    for (Index state = 0; state < 3; ++state) {
      ++counts[static_cast<std::size_t>(state)][static_cast<std::size_t>(out.actions(state))];
      told_right = told_right && out.log_probs(state) == proposal.log_probs(4 * state + out.actions(state));
    }
  }
  CHECK(told_right);
  CHECK(out.per_state == 1);
  CHECK(out.states() == 3);
  CHECK((out.weights == 1).all());
  for (Index state = 0; state < 3; ++state) {
    double chi_square = 0;
    for (Index action = 0; action < 4; ++action) {
      const int count = counts[static_cast<std::size_t>(state)][static_cast<std::size_t>(action)];
      const double expected = draws * proposal.weights(4 * state + action);
      if (expected == 0)
        CHECK(count == 0);
      else
        chi_square += (count - expected) * (count - expected) / expected;
    }
    // With two degrees of freedom it is exceeded with probability e^−15, so that all three give a false alarm in one of
    // a million.
    CHECK(chi_square < 30);
  }
}

TEST_CASE("A point beyond the sum of the weights chooses the last that can be drawn", "[proposal]") {
  // The same happens due to rounding, but here more often: one draw in ten is beyond the sum.
  Proposal<double, ActionIndices> proposal;
  propose_every_action(4, 1, proposal);
  proposal.weights = Row<double>{{0.4, 0.5, 0, 0}};
  proposal.log_probs = proposal.weights.log();
  Generator generator(2);
  Proposal<double, ActionIndices> out;
  int second = 0;
  for (int i = 0; i < 2000; ++i) {
    choose(proposal, generator, out);
    CHECK(out.actions(0) <= 1);
    second += static_cast<int>(out.actions(0));
  }
  CHECK(std::abs(second - 1200) < 5 * std::sqrt(2000 * 0.6 * 0.4));  // five standard errors, false alarm 6e-7
}

TEST_CASE("Where there is one action it is chosen, and nothing is drawn", "[proposal]") {
  Proposal<double> proposal;
  proposal.actions = Matrix<double>{{1, 2, 3}, {4, 5, 6}};
  proposal.log_probs = Row<double>{{-1, -2, -3}};
  proposal.weights = Row<double>::Ones(3);
  Generator generator(3);
  Proposal<double> out;
  choose(proposal, generator, out);
  CHECK(generator.state() == Generator(3).state());
  CHECK(out.actions == proposal.actions);
  CHECK((out.log_probs == proposal.log_probs).all());

  // With three continuous actions, the whole column with all of the weight.
  proposal.per_state = 3;
  proposal.weights = Row<double>{{0, 1, 0}};
  choose(proposal, generator, out);
  CHECK(out.actions == Eigen::Vector2d(2, 5));
  CHECK(out.log_probs(0) == -2);
  CHECK_FALSE(generator.state() == Generator(3).state());
}

TEST_CASE("A mixed proposal has its share of uniform random actions", "[proposal]") {
  Proposal<double, ActionIndices> proposal;
  propose_every_action(4, 2, proposal);
  proposal.weights = Row<double>{{1, 0, 0, 0, 0.4, 0.2, 0.2, 0.2}};
  proposal.log_probs = proposal.weights.log();
  mix_uniformly(0.2, proposal);
  const Row<double> expected{{0.85, 0.05, 0.05, 0.05, 0.37, 0.21, 0.21, 0.21}};
  CHECK((proposal.weights - expected).abs().maxCoeff() < 1e-15);
  CHECK((proposal.log_probs - expected.log()).abs().maxCoeff() < 1e-14);
  mix_uniformly(1.0, proposal);
  CHECK((proposal.weights == 0.25).all());
}

}  // namespace proposal_test
