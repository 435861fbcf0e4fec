/// \file
/// Environments of programs by name: the built-in ones, and the robots of MuJoCo where the build has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/environments/any_environment.hpp"

namespace program {

/// Returns all names, in order. Only a build with MuJoCo has those of its robots.
[[nodiscard]] const std::vector<std::string_view>& environment_names();

/// Returns an empty text if there is an environment of that name. Otherwise returns why not: that the name must be one
/// of those known, or that the environment needs MuJoCo.
[[nodiscard]] std::string why_no_environment(std::string_view name);

/// Returns whether the environment of that name has a finite action set. Throws ConfigError if there is none.
[[nodiscard]] bool has_finite_actions(std::string_view environment);

/// Returns the environment of that name. Throws ConfigError if there is none with actions of the given type,
/// Matrix<float> or ActionIndices.
template <class Actions>
[[nodiscard]] holdfast::AnyEnvironment<Actions> make_environment(std::string_view name);

}  // namespace program
