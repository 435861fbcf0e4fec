#include "holdfast/environments/pendulum.hpp"

#include <cmath>
#include <numbers>

#include "catch.hpp"

namespace pendulum_test {

using namespace holdfast;
using std::numbers::pi;

namespace {

Vector<double> pair(double angle, double speed) { return Eigen::Vector2d(angle, speed); }
Vector<double> one(double action) { return Vector<double>::Constant(1, action); }

}  // namespace

static_assert(IsEnvironment<Pendulum>);

TEST_CASE("A step of the pendulum is the one computed by hand", "[pendulum]") {
  Pendulum pendulum;
  pendulum.set_state(pair(pi / 6, 1));
  const StepResult result = pendulum.step(one(0.25));
  // Torque 0.5: −((π/6)² + 0.1 · 1 + 0.001 · 0.25). Acceleration 15 sin(π/6) + 3 · 0.5 = 9, so θ̇ = 1 + 0.45.
  CHECK(std::abs(result.reward + pi * pi / 36 + 0.10025) < 1e-14);
  CHECK_FALSE(result.terminal);
  CHECK((pendulum.state() - pair(pi / 6 + 0.0725, 1.45)).norm() < 1e-14);
}

TEST_CASE("The pendulum clips the torque and the speed", "[pendulum]") {
  Pendulum pendulum;
  // Torque 2, not 14: acceleration 15 + 6, so θ̇ = 7.9 + 1.05 → 8, and the angle moves by 0.4.
  pendulum.set_state(pair(pi / 2, 7.9));
  const double reward = pendulum.step(one(7)).reward;
  CHECK(std::abs(reward + pi * pi / 4 + 0.1 * 7.9 * 7.9 + 0.004) < 1e-13);
  CHECK((pendulum.state() - pair(pi / 2 + 0.4, 8)).norm() < 1e-14);
}

TEST_CASE("The pendulum's reward does not count turns", "[pendulum]") {
  for (const double turns : {-3.0, -1.0, 1.0, 2.0})
    for (const double angle : {-3.1, -1.0, 0.0, 0.5, 3.1}) {
      Pendulum pendulum;
      pendulum.set_state(pair(angle + 2 * pi * turns, 0));
      CHECK(std::abs(pendulum.step(one(0)).reward + angle * angle) < 1e-12);
    }
}

TEST_CASE("The pendulum's worst reward is at the bottom at full speed and torque", "[pendulum]") {
  Pendulum pendulum;
  pendulum.set_state(pair(-pi, 8));
  CHECK(std::abs(pendulum.step(one(1)).reward - Pendulum::reward_range().lowest) < 1e-12);
  // π² + 0.1 · 64 + 0.001 · 4
  CHECK(std::abs(Pendulum::reward_range().lowest + pi * pi + 6.404) < 1e-12);
}

TEST_CASE("The pendulum's state comes back from its observation, without turns", "[pendulum]") {
  Pendulum pendulum;
  Vector<double> observation(3);
  pendulum.set_state(pair(2.5 - 4 * pi, -3));
  pendulum.observe(observation);
  CHECK(std::abs(observation[0] - std::cos(2.5)) < 1e-14);
  CHECK(std::abs(observation[1] - std::sin(2.5)) < 1e-14);
  CHECK((Pendulum::state_of(observation) - pair(2.5, -3)).norm() < 1e-14);
}

TEST_CASE("A speed the pendulum cannot have is refused", "[pendulum]") {
  Pendulum pendulum;
  REQUIRE_THROWS_AS(pendulum.set_state(pair(0, 8.5)), DataError);
  REQUIRE_THROWS_WITH(pendulum.set_state(pair(0, 8.5)), Contains("8.5"));
}

TEST_CASE("The scripted pendulum swings up from rest at the bottom and stays", "[pendulum]") {
  Pendulum pendulum;
  pendulum.set_state(pair(pi, 0));
  Vector<double> observation(3);
  Vector<double> action(1);
  for (int t = 0; t < 200; ++t) {
    pendulum.observe(observation);
    REQUIRE(Pendulum::scripted(observation, action));
    REQUIRE(std::abs(action[0]) <= 1);
    pendulum.step(action);
    // 15 sin θ of gravity against at most 6 of torque: less than one swing a second, upright within five.
    if (t >= 100) CHECK(pendulum.state_of(observation).norm() < 0.05);
  }
}

}  // namespace pendulum_test
