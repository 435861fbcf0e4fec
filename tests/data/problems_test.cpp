#include "holdfast/data/problems.hpp"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/core/random.hpp"

namespace problems_test {

using namespace holdfast;

namespace {

/// Returns a dataset without problems: ten episodes of 50 small steps from random starts, with actions uniform on
/// [-1, 1] and their log-probabilities. Even episodes end in a terminal, odd ones in a time-out.
Transitions<double> sound() {
  constexpr Index size = 500;
  Generator generator(3);
  Transitions<double> data;
  data.resize(size);
  data.observations.resize(3, size);
  data.next_observations.resize(3, size);
  data.actions.resize(2, size);
  data.terminals.setZero();
  data.timeouts.setZero();
  for (double& action : data.actions.reshaped()) action = generator.uniform(-1, 1);
  generator.fill_normal(data.rewards);
  Vector<double> state(3);
  Vector<double> step(3);
  for (Index row = 0; row < size; ++row) {
    if (row % 50 == 0) generator.fill_normal(state);
    generator.fill_normal(step);
    data.observations.col(row) = state;
    state += 0.05 * step;
    data.next_observations.col(row) = state;
  }
  for (Index episode = 0; episode < 10; ++episode)
    (episode % 2 == 0 ? data.terminals : data.timeouts)(50 * episode + 49) = 1;
  data.action_log_probs = Row<double>::Constant(size, -2 * std::log(2.0));
  return data;
}

/// Returns the same dataset with actions uniform among three.
Transitions<double, ActionIndices> finite() {
  const Transitions<double> continuous = sound();
  Generator generator(4);
  Transitions<double, ActionIndices> data;
  data.observations = continuous.observations;
  data.actions.resize(continuous.size());
  for (Index& action : data.actions) action = generator.index(3);
  data.rewards = continuous.rewards;
  data.next_observations = continuous.next_observations;
  data.terminals = continuous.terminals;
  data.timeouts = continuous.timeouts;
  data.action_log_probs = Row<double>::Constant(continuous.size(), -std::log(3.0));
  data.action_count = 3;
  return data;
}

template <class Actions>
std::vector<std::string> problems(const Transitions<double, Actions>& data, const SummaryOptions& options = {}) {
  std::vector<std::string> texts;
  for (const DatasetProblem& problem : find_problems(data, summarize(data, options))) texts.push_back(problem.text);
  return texts;
}

/// Returns the only problem of a dataset.
template <class Actions>
std::string problem(const Transitions<double, Actions>& data) {
  const std::vector<std::string> found = problems(data);
  for (const std::string& text : found) UNSCOPED_INFO(text);
  REQUIRE(found.size() == 1);
  CHECK(found[0].find('\n') == std::string::npos);
  return found[0];
}

}  // namespace

TEST_CASE("a sound dataset has no problem") {
  CHECK(problems(sound()).empty());
  auto ends_unfinished = sound();
  ends_unfinished.timeouts(499) = 0;
  CHECK(problems(ends_unfinished).empty());
}

TEST_CASE("episodes without recorded ends are a problem") {
  auto data = sound();
  SECTION("no flag at all") {
    data.terminals.setZero();
    data.timeouts.setZero();
    CHECK_THAT(problems(data)[0], Contains("no terminal and no timeout is recorded"));
  }
  SECTION("breaks without a flag") {
    data.timeouts.setZero();
    const auto found = problems(data);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Contains("5 of 10 episodes end with neither terminal nor timeout"));
  }
  SECTION("gaps, shuffled rows, shifted flags") {
    std::vector<Index> rows;
    for (Index row = 0; row < data.size(); ++row)
      if (row % 100 != 20) rows.push_back(row);
    CHECK_THAT(problem(data.select(rows)),
               Contains("though no flag ends the episode there: 5, the first is row 19; rows are missing or shuffled"));
    Generator generator(6);
    rows.resize(500);
    std::iota(rows.begin(), rows.end(), Index{0});
    for (Index i = 499; i > 0; --i)
      std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(generator.index(i + 1))]);
    CHECK_THAT(problem(data.select(rows)), Contains("rows that do not lead to the following one"));
    const Flags timeouts = data.timeouts;
    data.timeouts.setZero();
    data.timeouts.tail(499) = timeouts.head(499);
    CHECK_THAT(problem(data), Contains("though no flag ends the episode there: 4,") && Contains("flags are shifted"));
  }
  SECTION("flags that are inverted, of a file without next observations") {
    data.terminals = 1 - (data.terminals + data.timeouts);
    data.timeouts.setZero();
    for (Index row = 0; row < 499; ++row)
      data.next_observations.col(row) = data.observations.col(data.terminals(row) ? row : row + 1);
    CHECK_THAT(problems(data, {.next_observations_recorded = false})[0],
               Contains("490 of 500 rows end an episode: check that terminals and timeouts are not inverted"));
    // Episodes of one to three transitions also end often.
    auto brief = sound();
    for (Index row = 0; row < 500; ++row) brief.terminals(row) = row % 5 == 0 || row % 5 == 1 || row % 5 == 4;
    brief.timeouts.setZero();
    CHECK(problems(brief, {.next_observations_recorded = false}).empty());
  }
  SECTION("jumps, where the successor is taken from the next row of another episode") {
    for (Index row = 49; row < 499; row += 100) {
      data.terminals(row) = 0;
      data.next_observations.col(row) = data.observations.col(row + 1);
    }
    CHECK_THAT(problem(data), Contains("5 transitions jump inside an episode, the first in row 49"));
  }
}

TEST_CASE("episodes of one transition, and a process that comes to rest, are no problem") {
  auto bandit = sound();
  bandit.terminals.setOnes();
  bandit.timeouts.setZero();
  CHECK(problems(bandit).empty());
  auto resting = sound();  // as under a controller: each step divides the distance from the origin by three
  for (Index row = 0; row < resting.size(); ++row) {
    if (row % 50 > 0) resting.observations.col(row) = resting.next_observations.col(row - 1);
    resting.next_observations.col(row) = resting.observations.col(row) / 3;
  }
  CHECK(problems(resting).empty());
}

TEST_CASE("an angle that wraps is no jump, with or without other features") {
  auto data = sound();
  for (Matrix<double>* columns : {&data.observations, &data.next_observations})
    columns->row(0) = (columns->row(0).array() - columns->row(0).array().floor()).matrix();
  CHECK(problems(data).empty());
  for (const Index features : {2, 1}) {
    auto fewer = data;
    fewer.observations = data.observations.topRows(features);
    fewer.next_observations = data.next_observations.topRows(features);
    CHECK(problems(fewer).empty());
  }
}

TEST_CASE("copies of transitions are a problem, but among states that repeat by nature") {
  auto data = sound();
  std::vector<Index> twice;
  for (Index row = 0; row < 600; ++row) twice.push_back(row % 500);
  CHECK_THAT(problem(data.select(twice)), Contains("100 transitions are copies of others (16.667 %)"));
  // Fewer than a hundredth.
  CHECK(problems(data.select(std::vector<Index>(twice.begin(), twice.begin() + 505))).empty());
  // Rows that differ in one number are not copies.
  auto other = data.select(twice);
  other.rewards.tail(100) += 1;
  CHECK(problems(other).empty());
  // Positions are on a grid, and the same step is made from a position again.
  for (auto* columns : {&data.observations, &data.next_observations}) *columns = columns->array().round().matrix();
  data.actions = data.actions.array().sign().matrix() * 0.5;
  data.rewards.setZero();
  data.rewards(0) = 1;
  CHECK(problems(data).empty());
}

TEST_CASE("a walk that rests at the origin is written to its end") {
  auto data = sound();
  for (Index row = 0; row < data.size(); ++row) {
    if (row % 50 > 0) data.observations.col(row) = data.next_observations.col(row - 1);
    data.next_observations.col(row) = row % 50 < 30 ? (data.observations.col(row) / 2).eval() : Vector<double>::Zero(3);
    if (row % 50 <= 30) continue;
    data.actions.col(row).setZero();
    data.rewards(row) = 0;
  }
  data.timeouts.tail(1).setZero();
  CHECK(problems(data).empty());
}

TEST_CASE("rows that were never written are a problem") {
  auto data = sound();
  for (auto* columns : {&data.observations, &data.next_observations, &data.actions}) columns->rightCols(50).setZero();
  data.rewards.tail(50).setZero();
  data.terminals.tail(50).setZero();
  data.timeouts.tail(50).setZero();
  CHECK_THAT(problems(data)[0], Contains("the last 50 rows are zero in every column, as if the file had never been"));
}

TEST_CASE("rewards that are all equal are a problem, unless the length of episodes makes the difference") {
  auto data = sound();
  data.rewards.setConstant(-1);
  CHECK_THAT(problem(data), Contains("all rewards are -1"));
  std::vector<Index> shorter;  // the first episode, which ends in a terminal, without its first half
  for (Index row = 25; row < data.size(); ++row) shorter.push_back(row);
  data = data.select(shorter);
  CHECK(problems(data).empty());
  data.rewards.setConstant(-0.0);
  CHECK_THAT(problem(data), Contains("all rewards are 0: the data tells no policy from another"));
  data.rewards.setConstant(1);
  data.timeouts += data.terminals;  // no episode ended by itself
  data.terminals.setZero();
  CHECK_THAT(problem(data), Contains("all rewards are 1, "));
}

TEST_CASE("features that never change, or of other scales, are a problem") {
  auto data = sound();
  SECTION("constant") {
    data.observations.row(1).setConstant(4);
    data.next_observations.row(1).setConstant(4);
    CHECK_THAT(problem(data), Contains("observations: always the same in feature 1: "));
  }
  SECTION("a thousand times another") {
    data.observations.row(2) *= 4000;
    data.next_observations.row(2) *= 4000;
    CHECK_THAT(problem(data), Contains("the deviations of the features go from"));
  }
  SECTION("a hundred times another is none") {
    data.observations.row(2) *= 100;
    data.next_observations.row(2) *= 100;
    CHECK(problems(data).empty());
  }
}

TEST_CASE("actions on the border, beyond it, or always the same are a problem") {
  auto data = sound();
  SECTION("on the border") {
    data.actions.row(0).head(50).setConstant(-1);
    data.actions.row(1).head(5).setConstant(1);
    CHECK_THAT(problem(data),
               Contains("actions: on the border ±1 in up to 10 % of the transitions, in features 0, 1: "));
  }
  SECTION("beyond") {
    data.actions(1, 3) = -1.5;
    CHECK_THAT(problem(data), Contains("actions: outside ±1, up to 1.5, in feature 1: "));
    data.action_log_probs.setConstant(-2 * std::log(4.0));
    CHECK(problems(data, {.action_limit = 2}).empty());
  }
  SECTION("always the same") {
    data.actions.row(1).setConstant(0.25);
    CHECK_THAT(problem(data), Contains("actions: always the same in feature 1: "));
  }
}

TEST_CASE("log-probabilities that no density has, or that are missing, are a problem") {
  auto data = sound();
  SECTION("missing") {
    data.action_log_probs.resize(0);
    CHECK_THAT(problem(data), Contains("log-probabilities of the actions are not recorded"));
  }
  SECTION("lower on average than those of the uniform distribution") {
    data.action_log_probs -= 0.01;
    CHECK_THAT(problem(data), Contains("but those of any density on ±1 have at least -1.38629"));
  }
  SECTION("so high that nothing was chosen") {
    data.action_log_probs(7) = 41;
    CHECK_THAT(problem(data), Contains("log-probabilities go up to 41"));
    data.action_log_probs(7) = 39;
    CHECK(problems(data).empty());
  }
}

TEST_CASE("many features are not all named") {
  auto data = sound();
  data.observations = Matrix<double>::Zero(12, data.size());
  data.next_observations = data.observations;
  CHECK_THAT(problems(data)[0], Contains("features 0, 1, 2, 3, 4, 5, 6, 7, …"));
}

TEST_CASE("finite actions have problems of their own") {
  auto data = finite();
  SECTION("none") { CHECK(problems(data).empty()); }
  SECTION("an action never taken") {
    data.action_count = 4;
    CHECK_THAT(problem(data), Contains("actions: number 3 of 0 to 3 never taken: "));
    data.actions = data.actions.cwiseMin(1).eval();
    CHECK_THAT(problem(data), Contains("actions: numbers 2, 3 of 0 to 3 never taken: "));
  }
  SECTION("log-probabilities that are missing") {
    data.action_log_probs.resize(0);
    CHECK_THAT(problem(data), Contains("log-probabilities of the actions are not recorded"));
  }
  SECTION("a probability above one") {
    data.action_log_probs(7) = 1e-7;
    CHECK(problems(data).empty());
    data.action_log_probs(7) = 0.5;
    CHECK_THAT(problem(data), Contains("log-probabilities go up to 0.5, but no probability is above 1"));
  }
  SECTION("lower on average than those of the uniform policy") {
    data.action_log_probs -= 0.01;
    CHECK_THAT(problem(data), Contains("but those of any policy over 3 actions have at least -1.09861"));
  }
  SECTION("copies") {
    std::vector<Index> twice;
    for (Index row = 0; row < 600; ++row) twice.push_back(row % 500);
    CHECK_THAT(problem(data.select(twice)), Contains("100 transitions are copies of others"));
    auto other = data.select(twice);
    for (Index row = 500; row < 600; ++row) other.actions(row) = (other.actions(row) + 1) % 3;
    CHECK(problems(other).empty());
  }
}

TEST_CASE("transitions among numbered states repeat, jump and leave states out") {
  auto data = finite();
  Generator generator(5);
  ActionIndices states(data.size() + 1);
  for (Index& state : states) state = generator.index(4);
  data.observations = one_hot<double>(states.head(data.size()), 6);
  data.next_observations = one_hot<double>(states.tail(data.size()), 6);
  CHECK(problems(data).empty());
}

}  // namespace problems_test
