/// \file
/// HalfCheetah: a planar robot with two legs that is to run, simulated by MuJoCo. Needs MuJoCo.
#pragma once

#include <limits>
#include <string_view>

#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/planar_robot.hpp"

namespace holdfast {

/// The task HalfCheetah of Gym (v2 to v5 share it), on whose data D4RL is built. The model is that of Wawrzyński,
/// "A cat-like robot real-time learning to run" (2009), with a mass of 14 kg.
struct HalfCheetahTask {
  static constexpr const char* name = "half_cheetah";
  static constexpr Index positions = 9;     ///< x, z and pitch of the torso, then the joints: back leg, front leg
  static constexpr Index actions = 6;       ///< back thigh, shin, foot, front thigh, shin, foot
  static constexpr int substeps = 5;        ///< steps of 0.01 s in one of the environment
  static constexpr double alive_bonus = 0;  ///< reward of each step
  static constexpr double action_cost = 0.1;
  static constexpr double observed_speed = std::numeric_limits<double>::infinity();  ///< velocities are not clipped
  static constexpr double initial_range = 0.1;

  /// Draws a velocity of the initial state: N(0, 0.1²).
  static double initial_velocity(Generator& generator) { return 0.1 * generator.normal(); }

  /// Returns true: no state ends the task.
  static constexpr bool healthy(ConstVectorRef /*position*/, ConstVectorRef /*velocity*/) { return true; }

  /// Returns D4RL's returns of random actions and of its expert.
  [[nodiscard]] static constexpr References references() { return {-280.178953, 12135.0}; }

  /// The fastest speed, in m/s, on which `reward_range()` is based. Nothing in the task bounds the speed. The expert of
  /// the data runs at 12, and the fastest policies that were published at 18.
  static constexpr double fastest = 25;

  static constexpr std::string_view model = R"(
<mujoco model="half_cheetah">
  <compiler angle="radian" settotalmass="14"/>
  <size njmax="80" nconmax="20" nstack="20000"/>
  <option timestep="0.01" gravity="0 0 -9.81"/>
  <default>
    <joint type="hinge" axis="0 1 0" limited="true" armature="0.1" damping="0.01" stiffness="8"
           solreflimit="0.02 1" solimplimit="0 0.8 0.03"/>
    <geom type="capsule" size="0.046" contype="1" conaffinity="0" condim="3" friction="0.4 0.1 0.1"
          solref="0.02 1" solimp="0 0.8 0.01"/>
    <motor ctrllimited="true" ctrlrange="-1 1"/>
    <default class="root"><joint limited="false" armature="0" damping="0" stiffness="0"/></default>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="40 40 40" conaffinity="1"/>
    <body name="torso" pos="0 0 0.7">
      <joint name="x" class="root" type="slide" axis="1 0 0"/>
      <joint name="z" class="root" type="slide" axis="0 0 1"/>
      <joint name="pitch" class="root"/>
      <geom name="torso" fromto="-0.5 0 0 0.5 0 0"/>
      <geom name="head" pos="0.6 0 0.1" axisangle="0 1 0 0.87" size="0.046 0.15"/>
      <body name="back_thigh" pos="-0.5 0 0">
        <joint name="back_thigh" range="-0.52 1.05" damping="6" stiffness="240"/>
        <geom name="back_thigh" pos="0.1 0 -0.13" axisangle="0 1 0 -3.8" size="0.046 0.145"/>
        <body name="back_shin" pos="0.16 0 -0.25">
          <joint name="back_shin" range="-0.785 0.785" damping="4.5" stiffness="180"/>
          <geom name="back_shin" pos="-0.14 0 -0.07" axisangle="0 1 0 -2.03" size="0.046 0.15"/>
          <body name="back_foot" pos="-0.28 0 -0.14">
            <joint name="back_foot" range="-0.4 0.785" damping="3" stiffness="120"/>
            <geom name="back_foot" pos="0.03 0 -0.097" axisangle="0 1 0 -0.27" size="0.046 0.094"/>
          </body>
        </body>
      </body>
      <body name="front_thigh" pos="0.5 0 0">
        <joint name="front_thigh" range="-1 0.7" damping="4.5" stiffness="180"/>
        <geom name="front_thigh" pos="-0.07 0 -0.12" axisangle="0 1 0 0.52" size="0.046 0.133"/>
        <body name="front_shin" pos="-0.14 0 -0.24">
          <joint name="front_shin" range="-1.2 0.87" damping="3" stiffness="120"/>
          <geom name="front_shin" pos="0.065 0 -0.09" axisangle="0 1 0 -0.6" size="0.046 0.106"/>
          <body name="front_foot" pos="0.13 0 -0.18">
            <joint name="front_foot" range="-0.5 0.5" damping="1.5" stiffness="60"/>
            <geom name="front_foot" pos="0.045 0 -0.07" axisangle="0 1 0 -0.6" size="0.046 0.07"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="back_thigh" gear="120"/>
    <motor joint="back_shin" gear="90"/>
    <motor joint="back_foot" gear="60"/>
    <motor joint="front_thigh" gear="120"/>
    <motor joint="front_shin" gear="60"/>
    <motor joint="front_foot" gear="30"/>
  </actuator>
</mujoco>
)";
};

/// HalfCheetah as D4RL's data has it: 17 features, 6 actions.
using HalfCheetah = PlanarRobot<HalfCheetahTask>;

}  // namespace holdfast
