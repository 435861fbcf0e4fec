#include "holdfast/environments/tabular/tabular_mdp.hpp"

#include <limits>

#include "catch.hpp"

namespace tabular_mdp_test {

using namespace holdfast;

namespace {

/// Returns a process in which action 0 stays in state 0 or goes on to state 1 with equal probability, and ends from
/// there; action 1 always ends.
TabularMdp coin() {
  TabularMdp mdp = TabularMdp::zeros(2, 2);
  mdp.transitions(0, mdp.column(0, 0)) = 0.5;
  mdp.transitions(1, mdp.column(0, 0)) = 0.5;
  mdp.terminations << 0, 1,  //
      1, 1;
  mdp.initial << 1, 0;
  return mdp;
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("The columns of a tabular MDP run over the actions of a state first", "[tabular_mdp]") {
  const TabularMdp mdp = coin();
  CHECK(mdp.states() == 2);
  CHECK(mdp.actions() == 2);
  CHECK(TabularMdp::zeros(4, 3).column(2, 1) == 7);
  CHECK(TabularMdp::zeros(4, 3).transitions.cols() == 12);
  CHECK_NOTHROW(mdp.validate());
}

TEST_CASE("A tabular MDP of the wrong shapes is refused by field", "[tabular_mdp]") {
  TabularMdp mdp = coin();
  mdp.transitions.resize(2, 3);
  CHECK_THROWS_WITH(mdp.validate(), Contains("transitions") && Contains("2×4") && Contains("2×3"));
  mdp = coin();
  mdp.rewards.resize(2, 1);
  CHECK_THROWS_WITH(mdp.validate(), Contains("rewards") && Contains("2×1"));
  mdp = coin();
  mdp.available.resize(1, 2);
  CHECK_THROWS_WITH(mdp.validate(), Contains("available") && Contains("1×2"));
  mdp = coin();
  mdp.initial.resize(3);
  CHECK_THROWS_WITH(mdp.validate(), Contains("initial") && Contains("3×1"));
  CHECK_THROWS_WITH(TabularMdp().validate(), Contains("at least one state"));
  CHECK_THROWS_AS(TabularMdp().validate(), DataError);
}

TEST_CASE("Numbers that are not finite are refused by state and action, available or not", "[tabular_mdp]") {
  for (const bool available : {true, false}) {
    TabularMdp mdp = coin();
    mdp.available(1, 0) = available;
    mdp.rewards(1, 0) = not_a_number;
    CHECK_THROWS_WITH(mdp.validate(), Contains("state 0, action 1") && Contains("reward") && Contains("nan"));
    mdp.rewards(1, 0) = 0;
    mdp.terminations(1, 0) = not_a_number;
    CHECK_THROWS_WITH(mdp.validate(), Contains("state 0, action 1") && Contains("chance to end"));
    mdp.terminations(1, 0) = 1;
    mdp.transitions(1, 1) = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(mdp.validate(), Contains("state 0, action 1") && Contains("chance of state 1"));
  }
}

TEST_CASE("Chances that are no distribution are refused by state and action", "[tabular_mdp]") {
  TabularMdp mdp = coin();
  mdp.transitions(1, 0) = 0.4;
  CHECK_THROWS_AS(mdp.validate(), DataError);
  CHECK_THROWS_WITH(mdp.validate(), Contains("state 0, action 0") && Contains("sum to 0.9"));
  mdp.available(0, 0) = false;
  CHECK_NOTHROW(mdp.validate());

  mdp = coin();
  mdp.transitions(0, 0) = -0.5;
  mdp.transitions(1, 0) = 1.5;
  CHECK_THROWS_WITH(mdp.validate(), Contains("state 0, action 0") && Contains("negative, but is -0.5"));
  mdp = coin();
  mdp.terminations(1, 1) = -1;
  CHECK_THROWS_WITH(mdp.validate(), Contains("state 1, action 1") && Contains("negative, but is -1"));
  mdp = coin();
  mdp.transitions(1, 0) += 1e-10;
  CHECK_NOTHROW(mdp.validate());
}

TEST_CASE("A state without actions and bad initial chances are refused by state", "[tabular_mdp]") {
  TabularMdp mdp = coin();
  mdp.available.col(1) = false;
  CHECK_THROWS_WITH(mdp.validate(), Contains("state 1") && Contains("none is"));
  mdp = coin();
  mdp.initial << 0.5, 0.4;
  CHECK_THROWS_WITH(mdp.validate(), Contains("initial") && Contains("0.9"));
  mdp.initial << 1.5, -0.5;
  CHECK_THROWS_WITH(mdp.validate(), Contains("initial") && Contains("state 1") && Contains("-0.5"));
  mdp.initial << 1, not_a_number;
  CHECK_THROWS_WITH(mdp.validate(), Contains("initial") && Contains("state 1"));
}

}  // namespace tabular_mdp_test
