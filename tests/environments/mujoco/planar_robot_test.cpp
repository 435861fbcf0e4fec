#include "holdfast/environments/mujoco/planar_robot.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/mujoco/environments.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/allocations.hpp"

namespace planar_robot_test {

using namespace holdfast;

namespace {

template <class Robot>
Vector<double> random_action(Generator& generator) {
  Vector<double> action(Robot::action_size());
  for (double& each : action) each = generator.uniform(-1, 1);
  return action;
}

/// Takes steps with random actions, in new episodes after terminal steps, and returns all states and rewards.
template <class Robot>
std::vector<double> play(Robot& robot, Generator& generator, int steps) {
  std::vector<double> seen;
  for (int i = 0; i < steps; ++i) {
    const StepResult result = robot.step(random_action<Robot>(generator));
    const Vector<double> state = robot.state();
    seen.insert(seen.end(), state.begin(), state.end());
    seen.push_back(result.reward);
    if (result.terminal) robot.reset(generator);
  }
  return seen;
}

template <class Robot>
std::vector<double> play_from_seed(std::uint64_t seed, int steps) {
  Robot robot;
  Generator generator(seed);
  robot.reset(generator);
  return play(robot, generator, steps);
}

/// Returns whether a step from rest at that height and pitch is terminal.
template <class Robot>
bool falls(double z, double pitch) {
  Robot robot;
  Vector<double> state = robot.state();
  state[1] = z;
  state[2] = pitch;
  robot.set_state(state);
  return robot.step(Vector<double>::Zero(Robot::action_size())).terminal;
}

}  // namespace

static_assert(IsEnvironment<HalfCheetah> && IsEnvironment<Hopper> && IsEnvironment<Walker2d>);
static_assert(!IsFiniteEnvironment<HalfCheetah>);

TEST_CASE("The robots of MuJoCo are made by their names, with the sizes and references of D4RL", "[mujoco]") {
  CHECK(comma_separated(MujocoEnvironments::names) == "half_cheetah, hopper, walker2d");
  const auto check = [](const char* name, Index observation, Index action, double time_step) {
    const AnyEnvironment<> robot = MujocoEnvironments::make(name);
    CHECK(robot.observation_size() == observation);
    CHECK(robot.action_size() == action);
    CHECK(robot.time_limit() == 1000);
    CHECK(normalized_score(robot.references(), robot.references().good) == 100);
    Vector<double> unused(action);
    CHECK_FALSE(robot.scripted(Vector<double>::Zero(observation), unused));
    return time_step;
  };
  CHECK(HalfCheetah().time_step() == Approx(check("half_cheetah", 17, 6, 0.05)));
  CHECK(Hopper().time_step() == Approx(check("hopper", 11, 3, 0.008)));
  CHECK(Walker2d().time_step() == Approx(check("walker2d", 17, 6, 0.008)));
  CHECK(normalized_score(HalfCheetah::references(), -280.178953) == 0);
  CHECK(HalfCheetah::references().good == 12135.0);
  CHECK(Hopper::references().random == -20.272305);
  CHECK(Hopper::references().good == 3234.3);
  CHECK(Walker2d::references().random == 1.629008);
  CHECK(Walker2d::references().good == 4592.3);
}

TEMPLATE_TEST_CASE("A robot begins in its initial position at rest, and resets near it", "[mujoco]", HalfCheetah,
                   Hopper, Walker2d) {
  TestType robot;
  const Vector<double> initial = robot.state();
  const bool cheetah = TestType::name() == HalfCheetah::name();
  const Index n = initial.size() / 3;
  CHECK(initial[1] == (cheetah ? 0 : 1.25));
  CHECK(initial.cwiseAbs().sum() == initial[1]);

  const double range = cheetah ? 0.1 : 0.005;
  Generator generator(1);
  double farthest = 0;
  double squares = 0;
  const int resets = 2000;
  for (int i = 0; i < resets; ++i) {
    robot.reset(generator);
    const Vector<double> offsets = robot.state() - initial;
    farthest = std::max(farthest, offsets.head(n).cwiseAbs().maxCoeff());
    squares += offsets.segment(n, n).squaredNorm();
    REQUIRE(offsets.tail(n).isZero(0));
    if (!cheetah) REQUIRE(offsets.segment(n, n).cwiseAbs().maxCoeff() <= range);
  }
  CHECK(farthest <= range);
  CHECK(farthest > 0.999 * range);  // missed with probability 0.999^12000 < 1e-5
  // Variances 0.1² of normals, and range²/3 of uniforms; within 5 standard errors, which √(2/N) and √(0.8/N) of them
  // are: false alarms have probability 6e-7.
  const double draws = static_cast<double>(n) * resets;
  const double variance = cheetah ? 0.01 : range * range / 3;
  CHECK(std::abs(squares / draws / variance - 1) < 5 * std::sqrt((cheetah ? 2 : 0.8) / draws));
}

TEMPLATE_TEST_CASE("The reward is the speed and the bonus less the cost of the action as given", "[mujoco]",
                   HalfCheetah, Hopper, Walker2d) {
  const bool cheetah = TestType::name() == HalfCheetah::name();
  TestType robot;
  Generator generator(2);
  robot.reset(generator);
  TestType other = robot;
  const double before = robot.state()[0];
  const Vector<double> within = Vector<double>::Ones(TestType::action_size());
  const Vector<double> beyond = 3 * within;
  const double reward = robot.step(within).reward;
  const double speed = (robot.state()[0] - before) / robot.time_step();
  const double cost = (cheetah ? 0.1 : 0.001) * static_cast<double>(within.size());
  CHECK(std::abs(reward - (speed + (cheetah ? 0 : 1) - cost)) < 1e-13);
  CHECK(std::abs(other.step(beyond).reward - (reward - 8 * cost)) < 1e-12);
  CHECK(other.state() == robot.state());
}

TEST_CASE("No state of the half cheetah is terminal", "[mujoco]") {
  CHECK_FALSE(falls<HalfCheetah>(-0.5, 3));
  CHECK_FALSE(falls<HalfCheetah>(2, 0));
}

TEST_CASE("The hopper falls below a height, beyond a pitch, and at absurd velocities", "[mujoco]") {
  CHECK_FALSE(falls<Hopper>(1.25, 0));
  CHECK_FALSE(falls<Hopper>(5, 0));
  CHECK_FALSE(falls<Hopper>(1.25, 0.199));
  CHECK(falls<Hopper>(1.25, 0.201));
  CHECK_FALSE(falls<Hopper>(1.25, -0.199));
  CHECK(falls<Hopper>(1.25, -0.201));
  const auto healthy = [](Index changed, double value) {
    Vector<double> state = Vector<double>::Zero(12);
    state[1] = 1;
    state[changed] = value;
    return HopperTask::healthy(state.head(6), state.tail(6));
  };
  CHECK(healthy(0, 1e6));
  CHECK(healthy(1, 0.701));
  CHECK_FALSE(healthy(1, 0.7));
  for (Index changed = 3; changed < 12; ++changed) {
    CHECK(healthy(changed, -99.9));
    CHECK_FALSE(healthy(changed, -100));
    CHECK_FALSE(healthy(changed, 100));
  }
}

TEST_CASE("The walker falls outside of a range of heights and beyond a pitch", "[mujoco]") {
  CHECK_FALSE(falls<Walker2d>(1.25, 0));
  const auto healthy = [](double z) {
    return Walker2dTask::healthy(Eigen::Vector3d(0, z, 0), Eigen::Vector3d::Zero());
  };
  CHECK(healthy(0.801));
  CHECK_FALSE(healthy(0.8));
  CHECK_FALSE(healthy(2));
  CHECK_FALSE(falls<Walker2d>(1.99, 0));
  CHECK(falls<Walker2d>(2.01, 0));
  CHECK_FALSE(falls<Walker2d>(1.9, 0.99));
  CHECK(falls<Walker2d>(1.9, 1.01));
  CHECK(falls<Walker2d>(1.9, -1.01));
}

TEMPLATE_TEST_CASE("The observation is the state without x, with velocities clipped as the task does", "[mujoco]",
                   HalfCheetah, Hopper, Walker2d) {
  const bool cheetah = TestType::name() == HalfCheetah::name();
  TestType robot;
  Vector<double> state = robot.state();
  const Index n = state.size() / 3;
  for (Index i = 0; i < state.size(); ++i) state[i] = 0.25 * static_cast<double>(i);
  state[n] = 50;
  state[n + 1] = -50;
  robot.set_state(state);
  CHECK(robot.state() == state);
  Vector<double> seen(TestType::observation_size());
  robot.observe(seen);
  CHECK(seen.head(n - 1) == state.segment(1, n - 1));
  CHECK(seen[n - 1] == (cheetah ? 50 : 10));
  CHECK(seen[n] == (cheetah ? -50 : -10));
  CHECK(seen.tail(n - 2) == state.segment(n + 2, n - 2));

  const Vector<double> behind = robot.state_of(seen);
  REQUIRE(behind.size() == state.size());
  CHECK(behind[0] == 0);
  CHECK(behind.segment(1, 2 * n - 1) == seen);
  CHECK(behind.tail(n).isZero(0));
  robot.set_state(behind);
  Vector<double> again(TestType::observation_size());
  robot.observe(again);
  CHECK(again == seen);
}

TEMPLATE_TEST_CASE("A given state decides all that follows", "[mujoco]", HalfCheetah, Hopper, Walker2d) {
  TestType robot;
  Generator generator(3);
  robot.reset(generator);
  play(robot, generator, 60);
  const Vector<double> state = robot.state();
  const Vector<double> known = state.head(state.size() / 3 * 2);  // without the warm start

  TestType other;
  play(other, generator, 25);
  TestType fresh;
  other.set_state(state);
  fresh.set_state(state);
  Generator first(4);
  Generator second(4);
  Generator third(4);
  const std::vector<double> expected = play(robot, first, 200);
  CHECK(play(other, second, 200) == expected);
  CHECK(play(fresh, third, 200) == expected);

  other.set_state(known);
  CHECK(other.state().tail(known.size() / 2).isZero(0));
  TestType begun;
  begun.set_state(known);
  CHECK(play(other, first, 100) == play(begun, second, 100));
}

TEMPLATE_TEST_CASE("A robot that is restored or copied goes on to the same bits", "[mujoco]", HalfCheetah, Hopper,
                   Walker2d) {
  AnyEnvironment<> robot = TestType();
  Generator generator(5);
  robot.reset(generator);
  const auto advance = [](AnyEnvironment<>& environment, std::uint64_t seed, int steps) {
    Generator draws(seed);
    for (int i = 0; i < steps; ++i) environment.step(random_action<TestType>(draws));
  };
  advance(robot, 6, 40);
  const SavedState saved = robot.saved_state();
  AnyEnvironment<> copy = robot;
  AnyEnvironment<> restored = TestType();
  advance(restored, 7, 10);
  restored.restore_state(saved);
  CHECK(restored.saved_state() == saved);
  advance(copy, 8, 300);
  CHECK(robot.saved_state() == saved);
  advance(robot, 8, 300);
  advance(restored, 8, 300);
  CHECK(copy.saved_state() == robot.saved_state());
  CHECK(restored.saved_state() == robot.saved_state());
  copy = restored;
  CHECK(copy.saved_state() == robot.saved_state());
}

TEST_CASE("Robots in several threads give the same bits as in one", "[mujoco]") {
  constexpr int steps = 400;
  std::vector<std::vector<double>> expected;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    expected.push_back(play_from_seed<HalfCheetah>(seed, steps));
    expected.push_back(play_from_seed<Hopper>(seed, steps));
    expected.push_back(play_from_seed<Walker2d>(seed, steps));
  }
  std::vector<std::vector<double>> seen(6);
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const std::size_t at = 3 * seed;
    threads.emplace_back([&seen, at, seed] { seen[at] = play_from_seed<HalfCheetah>(seed, steps); });
    threads.emplace_back([&seen, at, seed] { seen[at + 1] = play_from_seed<Hopper>(seed, steps); });
    threads.emplace_back([&seen, at, seed] { seen[at + 2] = play_from_seed<Walker2d>(seed, steps); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(seen == expected);
}

TEMPLATE_TEST_CASE("Rewards of random actions are in range", "[mujoco]", HalfCheetah, Hopper, Walker2d) {
  const Interval range = TestType::reward_range();
  TestType robot;
  Generator generator(9);
  robot.reset(generator);
  for (int i = 0; i < 5000; ++i) {
    const StepResult result = robot.step(random_action<TestType>(generator));
    REQUIRE(range.contains(result.reward));
    if (result.terminal) robot.reset(generator);
  }
}

TEST_CASE("The time limit is a timeout and no terminal", "[mujoco]") {
  const auto act = [](const Matrix<float>&, Matrix<float>& action) -> std::optional<float> {
    action.setZero();
    return std::nullopt;
  };
  const auto data = collect<float>(HalfCheetah(), 1002, 1, act);
  CHECK(data.terminals.sum() == 0);
  CHECK(data.timeouts.sum() == 1);
  CHECK(data.timeouts(999) == 1);
}

TEMPLATE_TEST_CASE("A step allocates nothing", "[mujoco]", HalfCheetah, Hopper, Walker2d) {
  TestType robot;
  Generator generator(10);
  robot.reset(generator);
  const Vector<double> action = random_action<TestType>(generator);
  Vector<double> seen(TestType::observation_size());
  robot.step(action);
  CHECK(holdfast::testing::allocations_of([&] {
          for (int i = 0; i < 50; ++i) {
            robot.step(action);
            robot.observe(seen);
          }
          robot.reset(generator);
        }) == 0);
}

TEMPLATE_TEST_CASE("What has the wrong size or is not finite is refused", "[mujoco]", HalfCheetah, Hopper, Walker2d) {
  TestType robot;
  const Vector<double> state = robot.state();
  const std::string name = TestType::name();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Vector<double> bad = state;
  bad[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(robot.set_state(bad), DataError);
  CHECK_THROWS_WITH(robot.set_state(bad), Contains(name + ": the state must be finite, but entry 1 is nan"));
  CHECK_THROWS_WITH(robot.set_state(Vector<double>::Zero(7)), Contains("has 7"));
  CHECK_THROWS_WITH(robot.state_of(Vector<double>::Zero(7)), Contains("the observation must have size"));
  CHECK_THROWS_WITH(robot.step(Vector<double>::Zero(7)), Contains("the action must have size"));
  CHECK_THROWS_WITH(robot.step(Vector<double>::Constant(TestType::action_size(), infinity)), Contains("inf"));
  CHECK(robot.state() == state);
}

}  // namespace planar_robot_test
