#include "holdfast/environments/tabular/termination.hpp"

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"

namespace termination_test {

using namespace holdfast;

namespace {

/// Returns a process in which action 0 goes from 0 to 1 to 2 to the end; action 1 stays, but in state 2 it goes to 0 or
/// ends.
TabularMdp row() {
  TabularMdp mdp = TabularMdp::zeros(3, 2);
  mdp.transitions(1, mdp.column(0, 0)) = 1;
  mdp.transitions(2, mdp.column(1, 0)) = 1;
  mdp.terminations(0, 2) = 1;
  mdp.transitions(0, mdp.column(0, 1)) = 1;
  mdp.transitions(1, mdp.column(1, 1)) = 1;
  mdp.transitions(0, mdp.column(2, 1)) = 0.5;
  mdp.terminations(1, 2) = 0.5;
  mdp.initial << 1, 0, 0;
  return mdp;
}

/// Returns the largest set in which some action of `taken` stays inside, by its definition: states that may leave are
/// removed until none may.
Eigen::Array<bool, Eigen::Dynamic, 1> largest_inside(const TabularMdp& mdp, const ActionMask& taken) {
  Eigen::Array<bool, Eigen::Dynamic, 1> inside = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(mdp.states(), true);
  for (Index pass = 0; pass < mdp.states(); ++pass)
    for (Index state = 0; state < mdp.states(); ++state) {
      bool keeps = false;
      for (Index action = 0; action < mdp.actions(); ++action) {
        const auto successors = mdp.transitions.col(mdp.column(state, action)).array();
        keeps = keeps ||
                (taken(action, state) && mdp.terminations(action, state) == 0 && (inside || successors == 0).all());
      }
      inside[state] = inside[state] && keeps;
    }
  return inside;
}

}  // namespace

TEST_CASE("A process is endless from where its actions do not reach the end", "[termination]") {
  const TabularMdp mdp = row();
  ActionMask taken = mdp.available;
  CHECK_FALSE(endless_state(mdp, taken, ActionRule::any));
  // A policy can stay in states 0 and 1 forever, but not in 2.
  CHECK(endless_state(mdp, taken, ActionRule::worst) == 0);
  taken(1, 0) = false;
  CHECK(endless_state(mdp, taken, ActionRule::worst) == 0);  // it leads to 1
  taken(1, 1) = false;
  CHECK_FALSE(endless_state(mdp, taken, ActionRule::worst));

  taken << true, false, true,  //
      false, true, false;
  CHECK(endless_state(mdp, taken, ActionRule::any) == 0);  // it leads to 1
  taken(0, 0) = false;
  taken(1, 0) = true;
  taken(0, 1) = true;
  CHECK(endless_state(mdp, taken, ActionRule::any) == 0);
  CHECK_FALSE(detail::states_that_end(mdp, taken, ActionRule::any)[0]);
  CHECK(detail::states_that_end(mdp, taken, ActionRule::any)[1]);
}

TEST_CASE("The endless states of sparse random processes are those of the definition", "[termination]") {
  Generator generator(1);
  Index endless = 0;
  Index all = 0;
  for (int trial = 0; trial < 200; ++trial) {
    TabularMdp mdp = random_mdp({.states = 8, .actions = 2, .branching = 2}, generator);
    ActionMask taken = mdp.available;
    for (int removed = 0; removed < 3; ++removed) {
      mdp.terminations(generator.index(2), generator.index(8)) = 0.5;  // probabilities need not sum to 1 here
      taken(generator.index(2), generator.index(8)) = false;
    }
    const auto inside = largest_inside(mdp, taken);
    const auto ends = detail::states_that_end(mdp, taken, ActionRule::worst);
    for (Index state = 0; state < 8; ++state) {
      // A state without actions counts as neither, because nothing is known about it.
      if (!taken.col(state).any()) continue;
      endless += inside[state] ? 1 : 0;
      ++all;
    }
    if (taken.colwise().any().all()) CHECK((ends == !inside).all());
  }
  CHECK(endless > all / 10);
  CHECK(endless < all - all / 10);
}

}  // namespace termination_test
