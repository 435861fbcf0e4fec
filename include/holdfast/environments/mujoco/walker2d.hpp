/// \file
/// Walker2d: a planar robot with two legs that is to walk forward, simulated by MuJoCo. Needs MuJoCo.
#pragma once

#include <cmath>
#include <string_view>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/planar_robot.hpp"

namespace holdfast {

/// The task Walker2d of Gym, v2 to v4, on whose data D4RL is built. (In v5 the right foot has more friction, and the
/// bonus of a step that ends it is not paid.)
struct Walker2dTask {
  static constexpr const char* name = "walker2d";
  static constexpr Index positions = 9;     ///< x, z and pitch of the torso, then the joints: right leg, left leg
  static constexpr Index actions = 6;       ///< right thigh, leg, foot, left thigh, leg, foot
  static constexpr int substeps = 4;        ///< steps of 0.002 s in one of the environment
  static constexpr double alive_bonus = 1;  ///< reward of each step
  static constexpr double action_cost = 0.001;
  static constexpr double observed_speed = 10;  ///< observed velocities are clipped to ± this
  static constexpr double initial_range = 0.005;

  /// Draws a velocity of the initial state: U(−0.005, 0.005).
  static double initial_velocity(Generator& generator) { return generator.uniform(-initial_range, initial_range); }

  /// Returns whether the robot has not fallen: 0.8 < z < 2 and |pitch| < 1.
  static bool healthy(ConstVectorRef position, ConstVectorRef /*velocity*/) {
    return position[1] > 0.8 && position[1] < 2 && std::abs(position[2]) < 1;
  }

  /// Returns D4RL's returns of random actions and of its expert.
  [[nodiscard]] static constexpr References references() { return {1.629008, 4592.3}; }

  /// The fastest speed, in m/s, on which `reward_range()` is based: that at which the observation is clipped. Nothing
  /// in the task bounds the speed. The expert of the data walks at 3.6.
  static constexpr double fastest = 10;

  static constexpr std::string_view model = R"(
<mujoco model="walker2d">
  <size njmax="80" nconmax="20" nstack="20000"/>
  <option timestep="0.002" integrator="RK4" gravity="0 0 -9.81"/>
  <default>
    <joint type="hinge" axis="0 -1 0" limited="true" armature="0.01" damping="0.1" stiffness="0"/>
    <geom type="capsule" contype="1" conaffinity="0" condim="3" friction="0.9 0.1 0.1" density="1000"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="100"/>
    <default class="root"><joint limited="false" armature="0" damping="0"/></default>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="40 40 40" conaffinity="1" friction="0.7 0.1 0.1"/>
    <body name="torso" pos="0 0 1.25">
      <joint name="x" class="root" type="slide" axis="1 0 0"/>
      <joint name="z" class="root" type="slide" axis="0 0 1" ref="1.25"/>
      <joint name="pitch" class="root" axis="0 1 0"/>
      <geom name="torso" size="0.05 0.2"/>
      <body name="right_thigh" pos="0 0 -0.2">
        <joint name="right_thigh" range="-150 0"/>
        <geom name="right_thigh" pos="0 0 -0.225" size="0.05 0.225"/>
        <body name="right_leg" pos="0 0 -0.7">
          <joint name="right_leg" pos="0 0 0.25" range="-150 0"/>
          <geom name="right_leg" size="0.04 0.25"/>
          <body name="right_foot" pos="0.2 0 -0.35">
            <joint name="right_foot" pos="-0.2 0 0.1" range="-45 45"/>
            <geom name="right_foot" fromto="-0.2 0 0.1 0 0 0.1" size="0.06"/>
          </body>
        </body>
      </body>
      <body name="left_thigh" pos="0 0 -0.2">
        <joint name="left_thigh" range="-150 0"/>
        <geom name="left_thigh" pos="0 0 -0.225" size="0.05 0.225"/>
        <body name="left_leg" pos="0 0 -0.7">
          <joint name="left_leg" pos="0 0 0.25" range="-150 0"/>
          <geom name="left_leg" size="0.04 0.25"/>
          <body name="left_foot" pos="0.2 0 -0.35">
            <joint name="left_foot" pos="-0.2 0 0.1" range="-45 45"/>
            <geom name="left_foot" fromto="-0.2 0 0.1 0 0 0.1" size="0.06" friction="1.9 0.1 0.1"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="right_thigh"/>
    <motor joint="right_leg"/>
    <motor joint="right_foot"/>
    <motor joint="left_thigh"/>
    <motor joint="left_leg"/>
    <motor joint="left_foot"/>
  </actuator>
</mujoco>
)";
};

/// Walker2d as D4RL's data has it: 17 features, 6 actions.
using Walker2d = PlanarRobot<Walker2dTask>;

}  // namespace holdfast
