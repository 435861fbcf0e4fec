/// \file
/// Environments by name.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/pendulum.hpp"

namespace holdfast {

/// A list of environment types, each default constructible with a static constexpr `name()`. A program with
/// environments of its own makes a longer list.
template <class... Environments>
struct EnvironmentList {
  static constexpr std::array<std::string_view, sizeof...(Environments)> names{Environments::name()...};

  /// The environment of that name with its default parameters. Throws ConfigError listing the names if there is none.
  [[nodiscard]] static AnyEnvironment make(std::string_view name) {
    std::optional<AnyEnvironment> made;
    const bool found = ((name == Environments::name() && (made.emplace(Environments()), true)) || ...);
    if (found) return *std::move(made);
    std::string known;
    for (const std::string_view each : names) known.append(known.empty() ? "" : ", ").append(each);
    throw ConfigError(message("environment must be one of ", known, ", but is \"", name, "\"; did you mean ",
                              nearest(name, names), "?"));
  }
};

/// The environments that need nothing but this library.
using BuiltInEnvironments = EnvironmentList<MassChain, Pendulum, LinearQuadratic>;

/// The built-in environment of that name. Throws ConfigError listing the names if there is none.
[[nodiscard]] inline AnyEnvironment make_environment(std::string_view name) { return BuiltInEnvironments::make(name); }

/// The names `make_environment` knows.
[[nodiscard]] inline std::span<const std::string_view> environment_names() { return BuiltInEnvironments::names; }

}  // namespace holdfast
