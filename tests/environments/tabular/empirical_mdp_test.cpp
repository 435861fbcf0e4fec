#include "holdfast/environments/tabular/empirical_mdp.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"

namespace empirical_mdp_test {

using namespace holdfast;

namespace {

template <class Scalar>
struct Recorded {
  Matrix<Scalar> observations;
  ActionIndices actions;
  Row<Scalar> rewards;
  Matrix<Scalar> next_observations;
  Flags terminals;
  Index numbers = 0;

  [[nodiscard]] Index action_size() const { return numbers; }
};

static_assert(IsTabularDataset<Recorded<float>>);
static_assert(IsTabularDataset<Transitions<float, ActionIndices>>);
static_assert(IsTabularDataset<Transitions<float, ActionIndices, SparseMatrix<float>>>);
static_assert(!IsTabularDataset<Transitions<float>>);

struct Step {
  Index state;
  Index action;
  double reward;
  Index next;  // −1: terminal
};

/// Returns recorded steps. The next observations of terminal steps are NaN: they must not be read.
template <class Scalar = double>
Recorded<Scalar> recorded(const std::vector<Step>& steps, Index states, Index actions) {
  const auto size = static_cast<Index>(steps.size());
  Recorded<Scalar> out{Matrix<Scalar>::Zero(states, size), ActionIndices(size), Row<Scalar>(size),
                       Matrix<Scalar>::Zero(states, size), Flags::Zero(size),   actions};
  for (Index row = 0; row < size; ++row) {
    const Step& step = steps[static_cast<std::size_t>(row)];
    out.observations(step.state, row) = 1;
    out.actions(row) = step.action;
    out.rewards(row) = static_cast<Scalar>(step.reward);
    out.terminals(row) = step.next < 0 ? 1 : 0;
    if (step.next < 0)
      out.next_observations.col(row).setConstant(std::numeric_limits<Scalar>::quiet_NaN());
    else
      out.next_observations(step.next, row) = 1;
  }
  return out;
}

/// Returns steps that visit state 0 twice with action 1 and once with 0, state 2 once, and state 1 never.
std::vector<Step> steps() { return {{0, 1, 4, 0}, {0, 1, 1, -1}, {2, 0, -3, 0}, {0, 0, 0.5, 2}}; }

}  // namespace

TEST_CASE("An empirical MDP is counted", "[empirical_mdp]") {
  const TabularMdp mdp = empirical_mdp(recorded<float>(steps(), 3, 2));
  CHECK_NOTHROW(mdp.validate());
  Matrix<double> transitions(3, 6);
  transitions << 0, 0.5, 0, 0, 1, 0,  //
      0, 0, 0, 0, 0, 0,               //
      1, 0, 0, 0, 0, 0;
  CHECK(mdp.transitions == transitions);
  Matrix<double> expected(2, 3);
  expected << 0, 1, 0,  //
      0.5, 1, 0;
  CHECK(mdp.terminations == expected);
  expected << 0.5, 0, -3,  //
      2.5, 0, 0;
  CHECK(mdp.rewards == expected);
  ActionMask available(2, 3);
  available << true, true, true,  //
      true, true, false;
  CHECK((mdp.available == available).all());
  CHECK(mdp.initial == Eigen::Vector3d(0.75, 0, 0.25));
  // A state that never appears has value 0.
  CHECK(optimum(mdp, 0.9).value[1] == 0);
}

TEST_CASE("States and behavior are shares, alike where nothing is known", "[empirical_mdp]") {
  const Recorded<double> dataset = recorded(steps(), 3, 2);
  CHECK(state_shares(dataset) == Eigen::Vector3d(0.75, 0, 0.25));
  Matrix<double> expected(2, 3);
  expected << 1.0 / 3, 0.5, 1,  //
      2.0 / 3, 0.5, 0;
  CHECK(behavior_policy(dataset).isApprox(expected, 1e-15));
  CHECK_NOTHROW(validate_policy(empirical_mdp(dataset), behavior_policy(dataset)));
}

TEST_CASE("Sparse observations are counted as dense ones are", "[empirical_mdp]") {
  const Recorded<double> dense = recorded(steps(), 3, 2);
  Transitions<double, ActionIndices, SparseMatrix<double>> sparse;
  sparse.observations = dense.observations.sparseView();
  sparse.actions = dense.actions;
  sparse.rewards = dense.rewards;
  sparse.next_observations = dense.next_observations.sparseView();
  sparse.terminals = dense.terminals;
  sparse.action_count = 2;
  const TabularMdp mdp = empirical_mdp(sparse);
  const TabularMdp expected = empirical_mdp(dense);
  CHECK(mdp.transitions == expected.transitions);
  CHECK(mdp.terminations == expected.terminations);
  CHECK(mdp.rewards == expected.rewards);
  CHECK((mdp.available == expected.available).all());
  CHECK(mdp.initial == expected.initial);
  CHECK(state_shares(sparse) == state_shares(dense));
  CHECK(behavior_policy(sparse) == behavior_policy(dense));

  sparse.observations.coeffRef(0, 2) = 0;  // stored, though it is zero
  CHECK(state_shares(sparse) == state_shares(dense));
  sparse.observations.coeffRef(1, 2) = 1;
  CHECK_THROWS_WITH(empirical_mdp(sparse), Contains("observations: expected one-hot states, found 2 non-zero numbers "
                                                    "of sum 2 in row 2"));
  sparse.observations.col(2) *= 0;
  CHECK_THROWS_WITH(behavior_policy(sparse), Contains("found 0 non-zero numbers of sum 0 in row 2"));
}

TEST_CASE("The empirical MDP of an enumerated dataset is the MDP", "[empirical_mdp]") {
  Generator generator(1);
  const TabularMdp mdp =
      random_mdp({.states = 6, .actions = 3, .branching = 4, .resolution = 10, .termination = 0.2}, generator);
  std::vector<Step> all;
  for (Index state = 0; state < 6; ++state)
    for (Index action = 0; action < 3; ++action) {
      const double reward = mdp.rewards(action, state);
      for (Index next = 0; next < 6; ++next)
        for (int i = 0; i < std::lround(10 * mdp.transitions(next, mdp.column(state, action))); ++i)
          all.push_back({state, action, reward, next});
      for (int i = 0; i < 2; ++i) all.push_back({state, action, reward, -1});
    }
  REQUIRE(all.size() == 180);
  const Recorded<double> dataset = recorded(all, 6, 3);
  const TabularMdp counted = empirical_mdp(dataset);
  CHECK(counted.transitions == mdp.transitions);
  CHECK(counted.terminations == mdp.terminations);
  CHECK((counted.rewards - mdp.rewards).lpNorm<Eigen::Infinity>() < 1e-14);
  CHECK(counted.available.all());
  CHECK(counted.initial.isApprox(mdp.initial, 1e-15));
  CHECK(behavior_policy(dataset).isApprox(uniform_policy(mdp), 1e-15));
  CHECK((optimum(counted, 0.95).value - optimum(mdp, 0.95).value).norm() < 1e-12);
}

TEST_CASE("A state that is reached but never acted in is refused by number and row", "[empirical_mdp]") {
  std::vector<Step> some = steps();
  some.push_back({2, 1, 0, 1});
  CHECK_THROWS_AS(empirical_mdp(recorded(some, 3, 2)), DataError);
  CHECK_THROWS_WITH(empirical_mdp(recorded(some, 3, 2)), Contains("state 1") && Contains("row 4"));
  some.push_back({1, 1, 0, -1});
  CHECK_NOTHROW(empirical_mdp(recorded(some, 3, 2)));
}

TEST_CASE("A dataset that is not tabular is refused by field and row", "[empirical_mdp]") {
  const Recorded<double> good = recorded(steps(), 3, 2);
  Recorded<double> bad = good;
  bad.observations(1, 2) = 1;
  CHECK_THROWS_AS(empirical_mdp(bad), DataError);
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("observations") && Contains("one-hot") && Contains("row 2"));
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("found 2 non-zero numbers of sum 2 in row 2"));
  CHECK_THROWS_WITH(state_shares(bad), Contains("row 2"));
  CHECK_THROWS_WITH(behavior_policy(bad), Contains("row 2"));
  bad = good;
  bad.next_observations(2, 3) = 0.5;
  CHECK_THROWS_WITH(empirical_mdp(bad),
                    Contains("next_observations") && Contains("found 1 non-zero numbers of sum 0.5 in row 3"));
  bad = good;
  bad.actions(1) = 2;
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("actions") && Contains("0 to 1") && Contains("found 2 in row 1"));
  bad.actions(1) = -1;
  CHECK_THROWS_WITH(behavior_policy(bad), Contains("found -1 in row 1"));
  bad = good;
  bad.numbers = 0;
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("action_count: expected at least one action, found 0; set it"));
  bad = good;
  bad.rewards(2) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("rewards") && Contains("row 2"));
  bad = good;
  bad.terminals(0) = 2;
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("terminals") && Contains("row 0"));
  bad = good;
  bad.actions.conservativeResize(3);
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("actions") && Contains("4 rows") && Contains("found 3"));
  bad = good;
  bad.next_observations.conservativeResize(2, 4);
  CHECK_THROWS_WITH(empirical_mdp(bad), Contains("next_observations") && Contains("4 rows of 3"));
  CHECK_THROWS_WITH(empirical_mdp(recorded({}, 3, 2)), Contains("at least one transition"));
}

}  // namespace empirical_mdp_test
