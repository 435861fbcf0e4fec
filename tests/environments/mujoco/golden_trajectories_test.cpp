/// \file
/// The robots' motion, compared with figures of MuJoCo 3.3.7 on the models of gymnasium 1.4.0, as printed with nine
/// digits. They include contacts with the floor.
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/mujoco/environments.hpp"

namespace golden_trajectories_test {

using namespace holdfast;

namespace {

struct Moment {
  int steps;
  std::vector<double> state;  // positions, then velocities
};

/// Starts at rest in the initial position, and compares the states after some steps with actions 0.5 sin(0.3k + i).
template <class Robot>
void check_trajectory(const std::vector<Moment>& moments) {
  Robot robot;
  Vector<double> action(Robot::action_size());
  int step = 0;
  for (const Moment& moment : moments) {
    for (; step < moment.steps; ++step) {
      for (Index i = 0; i < action.size(); ++i) action[i] = 0.5 * std::sin(0.3 * step + static_cast<double>(i));
      robot.step(action);
    }
    const Vector<double> state = robot.state();
    const auto size = static_cast<Index>(moment.state.size());
    REQUIRE(size == Robot::observation_size() + 1);
    for (Index i = 0; i < size; ++i) {
      CAPTURE(Robot::name(), step, i);
      const double expected = moment.state[static_cast<std::size_t>(i)];
      CHECK(std::abs(state[i] - expected) <= 1e-6);
    }
  }
}

}  // namespace

TEST_CASE("The half cheetah moves as MuJoCo's reference trajectory", "[mujoco]") {
  check_trajectory<HalfCheetah>({
      {1,
       {0.00113674471, -0.0237307877, -0.0109694659, -0.0381950913, 0.147676799, 0.169731863, 0.0606496531,
        -0.119986322, -0.123832995, 0.0434138154, -0.714634617, -0.274920625, -0.556387386, 3.43772061, 4.04441873,
        1.38004052, -2.9789494, -3.49255645}},
      {5,
       {0.015160321, -0.291675446, 0.0576195549, 0.289049345, 0.368801194, -0.0687039154, -0.401631455, -0.420926164,
        -0.117152832, 0.22279143, -1.31248567, 1.24031449, 0.94921088, 0.253723347, -0.459905666, -1.93461597,
        -5.14269066, -1.9532354}},
      {20,
       {-0.0598671132, -0.0986485162, 0.0808749914, -0.257355451, 0.0106079693, 0.185521154, 0.396278259, 0.0387602556,
        -0.183031198, 0.2869318, 0.069673579, 0.074737995, 3.70486973, 2.4335701, 3.22885287, -0.537032475,
        -0.889444228, 0.083972386}},
  });
}

TEST_CASE("The hopper moves as MuJoCo's reference trajectory", "[mujoco]") {
  check_trajectory<Hopper>({
      {1,
       {9.5773172e-05, 1.24962618, 0.000238796765, -8.64644889e-05, 0.000488920315, 0.00257816143, 0.0187576155,
        -0.0928318676, 0.036506111, -0.0161925392, 0.062465657, 0.647062928}},
      {5,
       {0.00119623918, 1.24113572, 0.00316052424, 0.00117396617, 0.00144493249, 0.0470281946, 0.0362996973,
        -0.427387647, 0.0706278778, 0.0201737259, 0.006623659, 1.64441995}},
      {10,
       {0.00135615848, 1.21730658, 0.00243075221, 0.00151143257, -0.0020269864, 0.0679470042, -0.0582997663,
        -0.690983828, -0.29523193, -0.00906330423, -0.50153574, -1.13764651}},
      {20,
       {-0.048637429, 1.19854697, -0.220482118, -0.11971476, -0.169782832, 0.031889994, -0.990961281, -0.247252337,
        -5.17949874, -4.05940703, -2.27466101, 2.83819501}},
  });
}

TEST_CASE("The walker moves as MuJoCo's reference trajectory", "[mujoco]") {
  check_trajectory<Walker2d>({
      {1,
       {-0.000166725845, 1.24970699, -0.000738593155, -0.00147630146, 0.00114101065, 0.0216212279, 0.00106013485,
        -0.00336589529, -0.0220558211, -0.0534438959, -0.0732188775, -0.273194122, -0.395639585, 0.139966372,
        5.46354889, 0.133376254, -0.760096993, -5.53713573}},
      {10,
       {-0.0286231785, 1.21958104, -0.134655919, -0.0995998709, -0.0194140853, 0.559612566, -0.0241254759, -0.256535519,
        0.211109073, -0.547898381, -0.801465894, -3.11986422, -1.68029634, -2.63035034, -9.00688848, -2.83776744,
        -1.78918058, 23.0469923}},
      {20,
       {-0.0914882585, 1.18208064, -0.481437805, -0.167900408, -0.533387531, 0.174261142, -0.50991913, 0.0694522011,
        0.798338469, -0.93262411, -0.342205122, -4.19596419, -2.04361597, -4.04495118, 17.9291647, -2.41370207,
        -1.60375814, -13.3637517}},
  });
}

}  // namespace golden_trajectories_test
