/// \file
/// Environments of programs by name: the built-in ones, and the robots of MuJoCo where the build has it.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/capsule.hpp"

namespace program {

/// The environments that need MuJoCo.
inline constexpr std::array<std::string_view, 3> robots{"half_cheetah", "hopper", "walker2d"};

/// Returns all names, in order. Only a build with MuJoCo has those of its robots.
[[nodiscard]] const std::vector<std::string_view>& environment_names();

/// Returns the names of the environments with continuous actions, in order.
[[nodiscard]] const std::vector<std::string_view>& continuous_environment_names();

/// Returns an option's check for one of these names of environments. A robot's, in a build without MuJoCo, is answered
/// with what it needs.
[[nodiscard]] CLI::Validator known_environment(const std::vector<std::string_view>& names);

/// Returns an empty text if there is an environment of that name. Otherwise returns why not: that the name must be one
/// of those known, or that the environment needs MuJoCo.
[[nodiscard]] std::string why_no_environment(std::string_view name);

/// Returns whether the environment of that name has a finite action set. Throws ConfigError if there is none.
[[nodiscard]] bool has_finite_actions(std::string_view environment);

/// Returns the environment of that name. Throws ConfigError if there is none with actions of the given type,
/// Matrix<float> or ActionIndices.
template <class Actions>
[[nodiscard]] holdfast::AnyEnvironment<Actions> make_environment(std::string_view name);

/// Draws an environment from the side.
struct SideView {
  /// Returns the bodies in a state of the environment, the one that a camera follows first.
  std::function<std::vector<holdfast::Capsule>(holdfast::ConstVectorRef state)> capsules;
  double time_step = 0;  ///< seconds of one step
};

/// Returns how to draw the environment of that name; nothing if it cannot be drawn.
[[nodiscard]] std::optional<SideView> side_view(std::string_view environment);

}  // namespace program
