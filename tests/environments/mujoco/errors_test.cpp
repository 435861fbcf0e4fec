/// \file
/// Errors and warnings of MuJoCo, whose handlers are those of the whole process.
#include <filesystem>
#include <string>

#include "catch.hpp"
#include "holdfast/environments/mujoco/environments.hpp"

namespace errors_test {

using namespace holdfast;

namespace {

// What the program's own handlers saw. They are there before the library's, as in a program that uses MuJoCo itself.
std::string seen_error;
std::string seen_warning;

bool install_handlers() {
  mju_user_error = [](const char* text) { seen_error = text; };
  mju_user_warning = [](const char* text) { seen_warning = text; };
  return true;
}
const bool handlers_installed = install_handlers();

/// Makes every step of a simulation fail while it lives.
class FailingSteps {
 public:
  FailingSteps() {
    mjcb_control = [](const mjModel*, mjData*) { mju_error_s("planted: %s", "out of order"); };
  }
  FailingSteps(const FailingSteps&) = delete;
  FailingSteps& operator=(const FailingSteps&) = delete;
  ~FailingSteps() { mjcb_control = nullptr; }
};

Vector<double> half(const HalfCheetah& robot) { return Vector<double>::Constant(robot.action_size(), 0.5); }

}  // namespace

TEST_CASE("An error inside of a step is an exception, and leaves the state as it was", "[mujoco]") {
  HalfCheetah robot;
  Generator generator(1);
  robot.reset(generator);
  for (int i = 0; i < 20; ++i) robot.step(half(robot));
  HalfCheetah same = robot;
  const Vector<double> before = robot.state();
  {
    const FailingSteps failing;
    CHECK_THROWS_AS(robot.step(half(robot)), DataError);
    CHECK_THROWS_WITH(robot.step(half(robot)), "half_cheetah: MuJoCo: planted: out of order");
  }
  CHECK(robot.state() == before);
  for (int i = 0; i < 100; ++i) {
    robot.step(half(robot));
    same.step(half(same));
  }
  CHECK(robot.state() == same.state());
}

TEST_CASE("A simulation that becomes unstable is an exception, and leaves the state as it was", "[mujoco]") {
  std::filesystem::remove("MUJOCO_LOG.TXT");
  HalfCheetah robot;
  Vector<double> state = robot.state();
  state.segment(9, 9).setConstant(1e8);
  robot.set_state(state);
  seen_warning.clear();
  CHECK_THROWS_AS(robot.step(half(robot)), DataError);
  CHECK_THROWS_WITH(robot.step(half(robot)), Contains("half_cheetah: the simulation failed: ") && Contains("unstable"));
  CHECK(robot.state() == state);
  CHECK(seen_warning.empty());
  CHECK_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));

  HalfCheetah fresh;
  robot.set_state(fresh.state());
  robot.step(half(robot));
  fresh.step(half(fresh));
  CHECK(robot.state() == fresh.state());
}

TEST_CASE("The program's own handlers get the errors and warnings of its own calls", "[mujoco]") {
  REQUIRE(handlers_installed);
  const HalfCheetah robot;  // by now the library has its handlers
  seen_error.clear();
  seen_warning.clear();
  mju_error_s("of the %s", "program");
  mju_warning_s("from the %s", "program");
  CHECK(seen_error == "of the program");
  CHECK(seen_warning == "from the program");
}

}  // namespace errors_test
