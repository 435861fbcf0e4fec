/// \file
/// MujocoEnvironments: the environments that need MuJoCo. Link holdfast::mujoco.
#pragma once

#include "holdfast/environments/mujoco/half_cheetah.hpp"
#include "holdfast/environments/mujoco/hopper.hpp"
#include "holdfast/environments/mujoco/walker2d.hpp"
#include "holdfast/environments/registry.hpp"

namespace holdfast {

/// The environments that need MuJoCo, by name: half_cheetah, hopper, walker2d.
using MujocoEnvironments = EnvironmentList<HalfCheetah, Hopper, Walker2d>;

}  // namespace holdfast
