/// \file
/// Tests the point mass: its free flight, its walls, and D4RL's mazes.
#include "holdfast/environments/point_maze/point_maze.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>

#include "catch.hpp"
#include "holdfast/core/random.hpp"

namespace point_maze_test {

using namespace holdfast;

namespace {

Vector<double> vector(std::initializer_list<double> values) {
  Vector<double> all(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), all.begin());
  return all;
}

/// Returns the state after some steps of one action.
Vector<double> after(PointMaze& maze, const Vector<double>& state, const Vector<double>& action, int steps) {
  maze.set_state(state);
  for (int i = 0; i < steps; ++i) maze.step(action);
  return maze.state();
}

/// Returns the mean return of an episode's actions, `act(observation, action)`.
template <class E, class Act>
double mean_return(E maze, Index episodes, Act&& act) {
  Generator generator(7);
  double total = 0;
  for (Index i = 0; i < episodes; ++i) total += rollout_return(maze, generator, act);
  return total / static_cast<double>(episodes);
}

const std::string room = "####### #OOOOO# #OOOOO# #OOOOO# #OOOOO# #OOOOG# #######";

}  // namespace

TEST_CASE("In free flight a step is that of MuJoCo's point mass, to 1e-6", "[point_maze]") {
  PointMaze maze({.maze = room});
  // From rest, one step of full force.
  Vector<double> state = after(maze, vector({2, 2, 0, 0}), vector({1, 0}), 1);
  CHECK(std::abs(state[2] - 0.238164) < 1e-6);
  CHECK(std::abs(state[0] - 2.00238164) < 1e-8);
  CHECK((state[1] == 2 && state[3] == 0));
  // An action beyond 1 is clipped.
  CHECK(after(maze, vector({2, 2, 0, 0}), vector({7, 0}), 1) == state);
  // Step by step, the implicit Euler of m v' = 100 a − v.
  double x = 2;
  double v = -1.5;
  state = vector({x, 2.5, v, 0.3});
  maze.set_state(state);
  for (int i = 0; i < 20; ++i) {
    const double a = 0.5 * std::sin(0.3 * i);
    maze.step(vector({a, 0}));
    v = (PointMaze::mass * v + 0.01 * 100 * a) / (PointMaze::mass + 0.01);
    x += 0.01 * v;
  }
  CHECK(std::abs(maze.state()[0] - x) < 1e-12);
  CHECK(std::abs(maze.state()[2] - v) < 1e-12);
  // The velocity is clipped before the step: what is seen goes no higher than 5.226256.
  state = after(maze, vector({1, 2, 9, 0}), vector({1, 0}), 1);
  CHECK(std::abs(state[2] - 5.226256) < 1e-6);
}

TEST_CASE("Walls hold the ball where they hold it in D4RL's mazes", "[point_maze]") {
  UMaze maze;
  // The corridor of row 1 is x in (0.4, 1.2), that of row 3 is x in (2.4, 3.2).
  CHECK(std::abs(after(maze, vector({1, 1, 0, 0}), vector({-1, 0}), 100)[0] - 0.40137) < 2e-3);
  CHECK(std::abs(after(maze, vector({1, 1, 0, 0}), vector({1, 0}), 100)[0] - 1.2) < 2e-3);
  CHECK(std::abs(after(maze, vector({3, 1, 0, 0}), vector({1, 0}), 100)[0] - 3.19863) < 2e-3);
  CHECK(std::abs(after(maze, vector({3, 1, 0, 0}), vector({-1, 0}), 100)[0] - 2.4) < 2e-3);
  CHECK(std::abs(after(maze, vector({1, 1, 0, 0}), vector({0, 1}), 300)[1] - 3.2) < 2e-3);
  CHECK(std::abs(after(maze, vector({1, 1, 0, 0}), vector({0, -1}), 100)[1] - 0.4) < 2e-3);
  // Along the wall it slides on.
  const Vector<double> sliding = after(maze, vector({1, 1, 0, 0}), vector({1, 1}), 30);
  CHECK(sliding[2] == 0);
  CHECK(sliding[1] > 1.8);
  // Through the gap at the right the ball gets down, and not elsewhere.
  CHECK(after(maze, vector({1, 3, 0, 0}), vector({1, 0}), 300)[0] > 3.19);
  CHECK(after(maze, vector({1, 2, 0, 0}), vector({1, 0}), 300)[0] < 1.21);
}

TEST_CASE("A ball that is pushed anywhere stays out of the walls", "[point_maze]") {
  const auto stays_out = [](auto maze) {
    Generator generator(3);
    for (int episode = 0; episode < 20; ++episode) {
      maze.reset(generator);
      Vector<double> push(2);
      for (int step = 0; step < 400; ++step) {
        if (step % 20 == 0) push << generator.uniform(-1.5, 1.5), generator.uniform(-1.5, 1.5);
        maze.step(push);
        REQUIRE_NOTHROW(maze.set_state(maze.state()));  // which checks it
      }
    }
  };
  stays_out(UMaze());
  stays_out(MediumMaze());
  stays_out(LargeMaze());
}

TEST_CASE("The reward is for the state after the step; the goal ends an episode only if that is asked for",
          "[point_maze]") {
  PointMaze sparse;
  CHECK(std::isnan(sparse.references().good));  // known of D4RL's mazes only
  sparse.set_state(vector({1, 1.52, 0, -3}));
  StepResult result = sparse.step(vector({0, 0}));
  CHECK((result.reward == 1 && !result.terminal));
  sparse.set_state(vector({1, 1.48, 0, 3}));
  CHECK(sparse.step(vector({0, 0})).reward == 0);
  PointMaze dense({.reward = MazeReward::dense, .goal_ends = true});
  dense.set_state(vector({1, 2, 0, 0}));
  result = dense.step(vector({0, 0}));
  CHECK(std::abs(result.reward - std::exp(-1)) < 1e-12);
  CHECK_FALSE(result.terminal);
  dense.set_state(vector({1, 1.2, 0, 0}));
  CHECK(dense.step(vector({0, 0})).terminal);
}

TEST_CASE("An action can last several physical steps", "[point_maze]") {
  PointMaze one({.maze = room});
  PointMaze five({.maze = room, .repeat = 5});
  CHECK(after(one, vector({2, 2, 0.5, 0}), vector({0.3, -0.7}), 5) ==
        after(five, vector({2, 2, 0.5, 0}), vector({0.3, -0.7}), 1));
}

TEST_CASE("Random actions have the returns of D4RL's references, and the scripted ones reach the goal",
          "[point_maze]") {
  // 2,000 episodes have standard errors of 0.4 to 0.9 of the score; D4RL's numbers have errors of their own.
  const auto check = [](const auto& maze) {
    Generator noise(5);
    const auto random = [&](const Vector<double>&, Vector<double>& action) {
      action << noise.uniform(-1, 1), noise.uniform(-1, 1);
    };
    const double score = normalized_score(maze.references(), mean_return(maze, 2000, random));
    CHECK(std::abs(score) < 5);
    const double scripted = mean_return(maze, 20, [&](const auto& s, auto& a) { maze.scripted(s, a); });
    CHECK(normalized_score(maze.references(), scripted) > 100);
  };
  check(UMaze());
  check(MediumMaze());
  check(LargeMaze());
}

TEST_CASE("A position that is a little inside a wall is moved to the contact, one far inside is refused",
          "[point_maze]") {
  UMaze maze;
  maze.set_state(vector({1, 1, 0, 0}));
  for (const double y : {0.4, 0.399999, 0.392}) {
    const Vector<double> state = maze.state_of(vector({1, y, 0.5, 0}));
    CHECK_NOTHROW(maze.set_state(state));
    CHECK(std::abs(state[1] - 0.4) < 2e-3);
    CHECK(state[0] == 1);
  }
  // Both at once, in a corner, and as floats round a contact.
  CHECK_NOTHROW(maze.set_state(maze.state_of(vector({0.395, 0.395, 0, 0}))));
  const Vector<double> pressed = after(maze, vector({1, 1, 0, 0}), vector({1, -1}), 100);
  CHECK_NOTHROW(maze.set_state(maze.state_of(pressed.cast<float>().cast<double>())));
  CHECK(maze.state_of(pressed) == pressed);
  CHECK(maze.state_of(vector({2, 2, 0, 0})) == vector({2, 2, 0, 0}));
  for (const double far : {1e300, -1e300, 7.0})
    CHECK_THROWS_WITH(maze.set_state(vector({far, 1, 0, 0})), Contains("in a wall"));
  Vector<double> action(2);
  CHECK(maze.scripted(vector({1e300, -1e300, 0, 0}), action));
}

TEST_CASE("A point maze refuses what it cannot be", "[point_maze]") {
  CHECK_THROWS_WITH(PointMaze({.goal_radius = 0}), Contains("point_maze.goal_radius must be positive"));
  CHECK_THROWS_WITH(PointMaze({.repeat = 0}), Contains("point_maze.repeat"));
  CHECK_THROWS_WITH(PointMaze({.time_limit = 0}), Contains("point_maze.time_limit"));
  CHECK_THROWS_WITH(PointMaze({.maze = "###"}), Contains("expected one goal"));
  PointMaze maze;
  CHECK_THROWS_WITH(maze.set_state(vector({2, 2, 0, 0})), Contains("point_maze: the position (2, 2) is in a wall"));
  CHECK_THROWS_WITH(maze.set_state(vector({1, 1})), Contains("the state must have size 4"));
  CHECK_THROWS_WITH(maze.step(vector({1})), Contains("the action must have size 2"));
}

}  // namespace point_maze_test
