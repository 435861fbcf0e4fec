/// \file
/// Hopper: a planar robot with one leg that is to hop forward, simulated by MuJoCo. Needs MuJoCo.
#pragma once

#include <cmath>
#include <string_view>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/planar_robot.hpp"

namespace holdfast {

/// The task Hopper of Gym, v2 to v4, on whose data D4RL is built. (v5 does not pay the bonus of a step that ends it.)
struct HopperTask {
  static constexpr const char* name = "hopper";
  static constexpr Index positions = 6;     ///< x, z and pitch of the torso, then thigh, leg, foot
  static constexpr Index actions = 3;       ///< thigh, leg, foot
  static constexpr int substeps = 4;        ///< steps of 0.002 s in one of the environment
  static constexpr double alive_bonus = 1;  ///< reward of each step
  static constexpr double action_cost = 0.001;
  static constexpr double observed_speed = 10;  ///< observed velocities are clipped to ± this
  static constexpr double initial_range = 0.005;

  /// Draws a velocity of the initial state: U(−0.005, 0.005).
  static double initial_velocity(Generator& generator) { return generator.uniform(-initial_range, initial_range); }

  /// Returns whether the robot has not fallen: z > 0.7, |pitch| < 0.2, and all other numbers but x within ±100.
  static bool healthy(ConstVectorRef position, ConstVectorRef velocity) {
    const bool moderate = (position.tail(4).array().abs() < 100).all() && (velocity.array().abs() < 100).all();
    return moderate && position[1] > 0.7 && std::abs(position[2]) < 0.2;
  }

  /// Returns D4RL's returns of random actions and of its expert.
  [[nodiscard]] static constexpr References references() { return {-20.272305, 3234.3}; }

  /// The fastest speed, in m/s, on which `reward_range()` is based: that at which the observation is clipped. Nothing
  /// in the task bounds the speed. The expert of the data hops at 2.2.
  static constexpr double fastest = 10;

  static constexpr std::string_view model = R"(
<mujoco model="hopper">
  <size njmax="80" nconmax="20" nstack="20000"/>
  <option timestep="0.002" integrator="RK4" gravity="0 0 -9.81"/>
  <default>
    <joint type="hinge" axis="0 -1 0" limited="true" armature="1" damping="1" stiffness="0"/>
    <geom type="capsule" contype="1" conaffinity="1" condim="1" margin="0.001" solref="0.02 1" solimp="0.8 0.8 0.01"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="200"/>
    <default class="root"><joint limited="false" armature="0" damping="0"/></default>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="40 40 40" condim="3"/>
    <body name="torso" pos="0 0 1.25">
      <joint name="x" class="root" type="slide" axis="1 0 0"/>
      <joint name="z" class="root" type="slide" axis="0 0 1" ref="1.25"/>
      <joint name="pitch" class="root" axis="0 1 0"/>
      <geom name="torso" size="0.05 0.2" friction="0.9"/>
      <body name="thigh" pos="0 0 -0.2">
        <joint name="thigh" range="-150 0"/>
        <geom name="thigh" pos="0 0 -0.225" size="0.05 0.225" friction="0.9"/>
        <body name="leg" pos="0 0 -0.7">
          <joint name="leg" pos="0 0 0.25" range="-150 0"/>
          <geom name="leg" size="0.04 0.25" friction="0.9"/>
          <body name="foot" pos="0.13 0 -0.35">
            <joint name="foot" pos="-0.13 0 0.1" range="-45 45"/>
            <geom name="foot" fromto="-0.26 0 0.1 0.13 0 0.1" size="0.06" friction="2"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="thigh"/>
    <motor joint="leg"/>
    <motor joint="foot"/>
  </actuator>
</mujoco>
)";
};

/// Hopper as D4RL's data has it: 11 features, 3 actions.
using Hopper = PlanarRobot<HopperTask>;

}  // namespace holdfast
