#include "holdfast/environments/tabular/tabular_environment.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"

namespace tabular_environment_test {

using namespace holdfast;

static_assert(IsFiniteEnvironment<TabularEnvironment>);
static_assert(!requirements::takes_actions<TabularEnvironment>);

namespace {

Vector<double> one(double value) { return Vector<double>::Constant(1, value); }

/// Returns a process in which action 0 goes from 0 to 1 to 2 and earns the state's number. Action 1 ends for −1 and is
/// not available in state 1.
TabularMdp row() {
  TabularMdp mdp = TabularMdp::zeros(3, 2);
  for (Index state = 0; state < 3; ++state) mdp.transitions((state + 1) % 3, mdp.column(state, 0)) = 1;
  mdp.rewards << 0, 1, 2,  //
      -1, -50, -1;
  mdp.terminations.row(1).setOnes();
  mdp.available(1, 1) = false;
  mdp.initial << 0, 0.5, 0.5;
  return mdp;
}

/// Returns by how many standard errors the share of `count` in `total` differs from the probability.
double errors_off(double count, double total, double chance) {
  return std::abs(count / total - chance) / std::sqrt(chance * (1 - chance) / total);
}

}  // namespace

TEST_CASE("A tabular environment steps as its MDP says", "[tabular_environment]") {
  TabularEnvironment environment(row(), "ring", 7);
  CHECK(environment.name() == "ring");
  CHECK(environment.observation_size() == 3);
  CHECK(environment.action_size() == 2);
  CHECK(environment.time_limit() == 7);
  CHECK(environment.reward_range().lowest == -1);
  CHECK(environment.reward_range().highest == 2);
  CHECK(std::isnan(environment.references().random));
  CHECK(std::isnan(environment.references().good));

  CHECK(environment.state() == one(1));
  Vector<double> observation(3);
  for (Index t = 0; t < 6; ++t) {
    environment.observe(observation);
    CHECK(observation == Vector<double>::Unit(3, (t + 1) % 3));
    CHECK(environment.state_of(observation) == environment.state());
    const StepResult result = environment.step(0);
    CHECK(result.reward == static_cast<double>((t + 1) % 3));
    CHECK_FALSE(result.terminal);
  }
  environment.set_state(one(2));
  const StepResult result = environment.step(1);
  CHECK(result.reward == -1);
  CHECK(result.terminal);
  CHECK(environment.state() == one(2));
}

TEST_CASE("A tabular environment draws with the chances of its MDP", "[tabular_environment]") {
  // 20,000 draws each: a share beyond 5 standard errors has probability 6e-7, and there are 11 shares.
  const double draws = 20'000;
  TabularMdp mdp = TabularMdp::zeros(4, 1);
  mdp.initial << 0.1, 0, 0.6, 0.3;
  mdp.terminations << 0.2, 1, 1, 1;
  mdp.transitions.col(0) << 0.05, 0.35, 0, 0.4;
  TabularEnvironment environment(mdp);
  Generator generator(1);
  Vector<double> starts = Vector<double>::Zero(4);
  Vector<double> ends = Vector<double>::Zero(4);
  double over = 0;
  for (int i = 0; i < static_cast<int>(draws); ++i) {
    environment.reset(generator);
    ++starts[static_cast<Index>(environment.state()[0])];
    environment.set_state(one(0));
    if (environment.step(0).terminal)
      ++over;
    else
      ++ends[static_cast<Index>(environment.state()[0])];
  }
  CHECK(starts[1] == 0);
  CHECK(ends[2] == 0);
  for (const Index state : {0, 2, 3}) CHECK(errors_off(starts[state], draws, mdp.initial[state]) < 5);
  for (const Index state : {0, 1, 3}) CHECK(errors_off(ends[state], draws, mdp.transitions(state, 0)) < 5);
  CHECK(errors_off(over, draws, 0.2) < 5);
  // One long run without a reset draws in the same way.
  mdp.terminations(0, 0) = 0;
  mdp.transitions.col(0) << 0.7, 0.1, 0.1, 0.1;
  environment = TabularEnvironment(mdp, "long", 1, 5);
  ends.setZero();
  for (int i = 0; i < static_cast<int>(draws); ++i) {
    environment.set_state(one(0));
    environment.step(0);
    ++ends[static_cast<Index>(environment.state()[0])];
  }
  for (Index state = 0; state < 4; ++state) CHECK(errors_off(ends[state], draws, mdp.transitions(state, 0)) < 5);
}

TEST_CASE("Returns in a tabular environment are those solved for", "[tabular_environment]") {
  // 4000 episodes until the end: a mean beyond 5 of its standard errors has probability 6e-7.
  Generator generator(2);
  const TabularMdp mdp = random_mdp({.termination = 0.2}, generator);
  const Matrix<double> policy = soft_optimum(mdp, 1, 1).policy;
  TabularEnvironment environment(mdp);
  const int episodes = 4000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < episodes; ++i) {
    environment.reset(generator);
    double total = 0;
    for (bool terminal = false; !terminal;) {
      double point = generator.uniform();
      Index action = 0;
      for (const auto chances = policy.col(static_cast<Index>(environment.state()[0]));
           action < 2 && point >= chances[action]; ++action)
        point -= chances[action];
      const StepResult result = environment.step(action);
      total += result.reward;
      terminal = result.terminal;
    }
    sum += total;
    squares += total * total;
  }
  const double mean = sum / episodes;
  const double standard_error = std::sqrt((squares / episodes - mean * mean) / episodes);
  CAPTURE(mean, standard_error);
  CHECK(standard_error < 0.1);
  CHECK(std::abs(mean - policy_return(mdp, policy, 1)) < 5 * standard_error);
}

TEST_CASE("What happens is fixed by the generator of the reset", "[tabular_environment]") {
  Generator drawn(3);
  const TabularMdp mdp = random_mdp({.states = 30, .branching = 20}, drawn);
  TabularEnvironment first(mdp, "first", 10, 1);
  TabularEnvironment second(mdp, "second", 10, 2);
  Generator generator(4);
  Generator again(4);
  for (int t = 0; t < 10; ++t) first.step(0);
  first.reset(generator);
  second.reset(again);
  CHECK(generator.state() == again.state());
  bool all_equal = true;
  bool other_equal = true;
  TabularEnvironment other(mdp);
  other.reset(generator);
  other.set_state(first.state());
  for (int t = 0; t < 20; ++t) {
    first.step(t % 3);
    second.step(t % 3);
    other.step(t % 3);
    all_equal = all_equal && first.state() == second.state();
    other_equal = other_equal && first.state() == other.state();
  }
  CHECK(all_equal);
  CHECK_FALSE(other_equal);
}

TEST_CASE("States, observations and actions that a tabular environment has not are refused", "[tabular_environment]") {
  TabularEnvironment environment(row(), "ring");
  CHECK_THROWS_AS(environment.step(2), DataError);
  CHECK_THROWS_WITH(environment.step(2), Contains("ring") && Contains("0 to 1") && Contains("is 2"));
  CHECK_THROWS_WITH(environment.step(-1), Contains("is -1"));
  CHECK_THROWS_WITH(environment.step(1), Contains("ring") && Contains("available in state 1"));
  for (const double state : {-1.0, 3.0, 0.5, 1e300})
    CHECK_THROWS_WITH(environment.set_state(one(state)), Contains("ring: the state") && Contains("0 to 2"));
  CHECK_THROWS_WITH(environment.set_state(one(std::nan(""))), Contains("finite"));
  CHECK_THROWS_WITH(environment.set_state(Vector<double>::Zero(2)), Contains("has 2"));
  for (const Eigen::Vector3d& observation :
       {Eigen::Vector3d(0, 0, 0), Eigen::Vector3d(1, 1, 0), Eigen::Vector3d(0, 0.5, 0.5), Eigen::Vector3d(0, 0, -1)})
    CHECK_THROWS_WITH(environment.state_of(observation), Contains("ring") && Contains("one-hot"));
  CHECK_THROWS_WITH(environment.state_of(Eigen::Vector3d(0, 0.5, 0.25)),
                    Contains("has 2 non-zero numbers of sum 0.75"));
  CHECK_THROWS_WITH(environment.state_of(Vector<double>::Zero(2)), Contains("has 2"));
  CHECK(environment.state() == one(1));

  CHECK_THROWS_WITH(TabularEnvironment(row(), "ring", 0), Contains("tabular.time_limit"));
  TabularMdp broken = row();
  broken.initial.setZero();
  CHECK_THROWS_WITH(TabularEnvironment(broken), Contains("initial"));
}

}  // namespace tabular_environment_test
