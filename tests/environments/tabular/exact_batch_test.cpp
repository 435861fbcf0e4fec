#include "holdfast/environments/tabular/exact_batch.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"

namespace exact_batch_test {

using namespace holdfast;

namespace {

TabularMdp world() {
  Generator generator(1);
  return random_mdp({.states = 4, .actions = 3, .branching = 2, .resolution = 5, .termination = 0.2}, generator);
}

ActionCounts some_counts() {
  ActionCounts counts(3, 4);
  counts << 1, 2, 0, 4, 3, 1, 1, 1, 1, 1, 5, 2;
  return counts;
}

/// Returns a batch as a dataset.
Transitions<double, ActionIndices> dataset(const Batch<double, ActionIndices>& batch) {
  Transitions<double, ActionIndices> data;
  data.observations = batch.observations;
  data.actions = batch.actions;
  data.rewards = batch.rewards;
  data.next_observations = batch.next_observations;
  data.terminals = (batch.continuation == 0).cast<unsigned char>();
  data.timeouts = Flags::Zero(batch.size());
  data.action_count = 3;
  return data;
}

}  // namespace

TEST_CASE("An exact batch is a dataset whose empirical MDP is the MDP, and whose behavior is that of the counts",
          "[tabular]") {
  const TabularMdp mdp = world();
  const ActionCounts counts = some_counts();
  const auto batch = exact_batch(mdp, counts, 5, 0.9);
  CHECK(batch.size() == 5 * counts.sum());
  CHECK(((batch.continuation == 0) || (batch.continuation == 0.9)).all());
  const TabularMdp seen = empirical_mdp(dataset(batch));
  CHECK((seen.available == (counts > 0)).all());
  for (Index s = 0; s < 4; ++s)
    for (Index a = 0; a < 3; ++a) {
      if (counts(a, s) == 0) continue;
      CAPTURE(s, a);
      CHECK((seen.transitions.col(mdp.column(s, a)) - mdp.transitions.col(mdp.column(s, a))).norm() < 1e-12);
      CHECK(std::abs(seen.terminations(a, s) - mdp.terminations(a, s)) < 1e-12);
      CHECK(std::abs(seen.rewards(a, s) - mdp.rewards(a, s)) < 1e-12);
    }
  CHECK((behavior_policy(dataset(batch)) - behavior_of(counts)).norm() < 1e-12);
}

TEST_CASE("What an exact batch cannot hold is refused by name", "[tabular]") {
  TabularMdp mdp = world();
  const ActionCounts counts = some_counts();
  CHECK_THROWS_WITH(exact_batch(mdp, counts, 3, 0.9), Contains("state 0, action 0") && Contains("multiples of 1/3"));
  CHECK_THROWS_WITH(exact_batch(mdp, counts.leftCols(3), 5, 0.9), Contains("counts") && Contains("3×3"));
  CHECK_THROWS_WITH(exact_batch(mdp, -counts, 5, 0.9), Contains("counts"));
  CHECK_THROWS_AS(exact_batch(mdp, counts, 0, 0.9), ConfigError);
  mdp.available(1, 2) = false;
  CHECK_THROWS_WITH(exact_batch(mdp, counts, 5, 0.9), Contains("state 2, action 1") && Contains("not available"));
  CHECK_THROWS_WITH(behavior_of(ActionCounts::Zero(3, 4)), Contains("state 0"));
}

TEST_CASE("A sampled MDP has the shares of its draws, and becomes the MDP with many", "[tabular]") {
  const TabularMdp mdp = world();
  Generator generator(2);
  const TabularMdp few = sampled_mdp(mdp, some_counts(), generator);
  CHECK_FALSE(few.available(0, 2));
  const Matrix<double> multiples = few.transitions.col(mdp.column(0, 1)) * 3;
  CHECK((multiples.array() - multiples.array().round()).abs().maxCoeff() < 1e-12);

  constexpr Index draws = 40000;
  const TabularMdp many = sampled_mdp(mdp, ActionCounts::Constant(3, 4, draws), generator);
  // Six standard errors of a share: for 60 shares a false alarm in one of ten million.
  const double allowed = 6 * 0.5 / std::sqrt(static_cast<double>(draws));
  CHECK((many.transitions - mdp.transitions).cwiseAbs().maxCoeff() < allowed);
  CHECK((many.terminations - mdp.terminations).cwiseAbs().maxCoeff() < allowed);
  CHECK(many.rewards == mdp.rewards);
  ActionCounts none = some_counts();
  none.col(0).setZero();
  CHECK_THROWS_WITH(sampled_mdp(mdp, none, generator), Contains("state 0"));
}

TEST_CASE("Counts that are not those of an MDP are refused before anything is drawn", "[tabular]") {
  const TabularMdp mdp = world();
  Generator generator(2);
  CHECK_THROWS_WITH(sampled_mdp(mdp, some_counts().transpose(), generator), Contains("counts") && Contains("4×3"));
  CHECK_THROWS_WITH(sampled_mdp(mdp, ActionCounts::Constant(6, 2, 1), generator),
                    Contains("3 actions × 4 states") && Contains("6×2"));
  ActionCounts negative = some_counts();
  negative(1, 1) = -1;
  CHECK_THROWS_WITH(sampled_mdp(mdp, negative, generator), Contains("counts") && Contains("not negative"));
  CHECK_THROWS_WITH(sampled_mdp(mdp, ActionCounts::Zero(3, 4), generator), Contains("counts"));
}

TEST_CASE("The shares of a sampled MDP are those of whole numbers", "[tabular]") {
  // Every step leads to state 1: its share is exactly 1 for every count.
  TabularMdp mdp = TabularMdp::zeros(2, 1);
  mdp.initial[0] = 1;
  mdp.transitions.row(1).setOnes();
  Generator generator(3);
  for (const Index count : {3, 10, 49, 1000}) {
    const TabularMdp seen = sampled_mdp(mdp, ActionCounts::Constant(1, 2, count), generator);
    CHECK(seen.transitions == mdp.transitions);
  }
}

TEST_CASE("What has no chance is not drawn, though the chances sum to a little less than 1", "[tabular]") {
  // Sums are within the tolerance of 1. After a uniform number that close to 1, the last state, which has probability
  // 0, would follow.
  TabularMdp mdp = TabularMdp::zeros(3, 1);
  const double below = 1 - 0.9e-9;
  mdp.initial[0] = 1;
  mdp.transitions(1, 0) = below;
  mdp.terminations(0, 1) = below;
  mdp.terminations(0, 2) = 1;
  mdp.validate();
  const double last = 1 - 0x1p-53;
  CHECK(detail::draw_successor(mdp, 0, 0, last) == 1);
  CHECK_FALSE(detail::draw_successor(mdp, 1, 0, last));
  CHECK(detail::draw_successor(mdp, 0, 0, 0) == 1);
  CHECK_FALSE(detail::draw_successor(mdp, 2, 0, 0));
}

TEST_CASE("A discount outside [0, 1] is refused by name", "[tabular]") {
  for (const double discount : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(exact_batch(world(), some_counts(), 5, discount), ConfigError);
    CHECK_THROWS_WITH(exact_batch(world(), some_counts(), 5, discount), Contains("exact_batch discount"));
  }
}

}  // namespace exact_batch_test
