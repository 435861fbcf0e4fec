/// \file
/// Environments by name.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/environments/tabular/chain_environment.hpp"

namespace holdfast {

/// A list of environment types of one kind of actions, each default constructible with a static constexpr `name()`. A
/// program with environments of its own makes a longer list.
template <class... Environments>
struct EnvironmentList {
  static constexpr bool finite = (FiniteEnvironment<Environments> && ...);
  static_assert(finite || !(FiniteEnvironment<Environments> || ...),
                "holdfast: environments with finite actions and those with continuous ones go into lists of their own");
  using Any = std::conditional_t<finite, AnyFiniteEnvironment, AnyEnvironment>;

  static constexpr std::array<std::string_view, sizeof...(Environments)> names{Environments::name()...};

  /// The environment of that name with its default parameters. Throws ConfigError listing the names if there is none.
  [[nodiscard]] static Any make(std::string_view name) {
    std::optional<Any> made;
    const bool found = ((name == Environments::name() && (made.emplace(Environments()), true)) || ...);
    if (found) return *std::move(made);
    throw ConfigError(message("environment must be one of ", comma_separated(names), ", but is \"", name,
                              "\"; did you mean ", nearest(name, names), "?"));
  }
};

/// The environments of continuous actions that need nothing but this library, and those of finite ones.
using BuiltInEnvironments = EnvironmentList<MassChain, Pendulum, LinearQuadratic>;
using BuiltInFiniteEnvironments = EnvironmentList<CartPole, ChainEnvironment>;

/// The built-in environment of continuous actions of that name. Throws ConfigError listing the names if there is none.
[[nodiscard]] inline AnyEnvironment make_environment(std::string_view name) {
  if (is_among(BuiltInFiniteEnvironments::names, name))
    throw ConfigError(message("environment \"", name, "\" has finite actions: use make_finite_environment"));
  return BuiltInEnvironments::make(name);
}

/// The names `make_environment` knows.
[[nodiscard]] inline std::span<const std::string_view> environment_names() { return BuiltInEnvironments::names; }

/// As make_environment, of those with finite actions.
[[nodiscard]] inline AnyFiniteEnvironment make_finite_environment(std::string_view name) {
  if (is_among(BuiltInEnvironments::names, name))
    throw ConfigError(message("environment \"", name, "\" has continuous actions: use make_environment"));
  return BuiltInFiniteEnvironments::make(name);
}

/// The names `make_finite_environment` knows.
[[nodiscard]] inline std::span<const std::string_view> finite_environment_names() {
  return BuiltInFiniteEnvironments::names;
}

}  // namespace holdfast
