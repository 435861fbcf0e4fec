/// \file
/// make_environment and EnvironmentList: environments by name.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/environments/point_maze/point_maze.hpp"
#include "holdfast/environments/tabular/chain_environment.hpp"

namespace holdfast {

/// A list of environment types. Each is default constructible and has a static constexpr `name()`. A program with
/// environments of its own makes a longer list.
template <class... Environments>
struct EnvironmentList {
  /// All names, in order.
  static constexpr std::array<std::string_view, sizeof...(Environments)> names{Environments::name()...};

  /// Returns the names of the environments with actions of the given type, in order.
  template <class Actions>
  [[nodiscard]] static std::vector<std::string_view> names_of() {
    std::vector<std::string_view> found;
    ((IsFiniteEnvironment<Environments> == FiniteActions<Actions> ? found.push_back(Environments::name()) : void()),
     ...);
    return found;
  }

  /// Returns whether the environment of that name has a finite action set. Throws ConfigError that lists the names if
  /// there is no such environment.
  [[nodiscard]] static bool has_finite_actions(std::string_view name) {
    if (!is_among(names, name)) refuse(name, names);
    return ((name == Environments::name() && IsFiniteEnvironment<Environments>) || ...);
  }

  /// Returns the environment of that name, with its default parameters. Throws ConfigError if there is none with
  /// actions of the given type; the message lists the names that there are.
  template <class Actions = Matrix<double>>
  [[nodiscard]] static AnyEnvironment<Actions> make(std::string_view name) {
    std::optional<AnyEnvironment<Actions>> made;
    const auto consider = [&]<class E>() {
      if constexpr (IsFiniteEnvironment<E> == FiniteActions<Actions>)
        if (name == E::name()) made.emplace(E());
    };
    (consider.template operator()<Environments>(), ...);
    if (made) return *std::move(made);
    if (is_among(names, name))
      throw ConfigError(message("environment \"", name, "\" has ",
                                FiniteActions<Actions> ? "continuous actions: use make_environment<Matrix<float>>"
                                                       : "finite actions: use make_environment<ActionIndices>"));
    refuse(name, names_of<Actions>());
  }

 private:
  template <class Names>
  [[noreturn]] static void refuse(std::string_view name, const Names& known) {
    throw ConfigError("environment " + must_be_one_of(known, name));
  }
};

/// The environments that need no other library.
using BuiltInEnvironments =
    EnvironmentList<MassChain, Pendulum, LinearQuadratic, UMaze, MediumMaze, LargeMaze, CartPole, ChainEnvironment>;

/// Returns the built-in environment of that name, with continuous actions, or with finite ones if called as
/// `make_environment<ActionIndices>`. Throws ConfigError that lists the names if there is no such environment.
template <class Actions = Matrix<double>>
[[nodiscard]] AnyEnvironment<Actions> make_environment(std::string_view name) {
  return BuiltInEnvironments::make<Actions>(name);
}

/// Returns the names that `make_environment<Actions>` accepts.
template <class Actions = Matrix<double>>
[[nodiscard]] std::vector<std::string_view> environment_names() {
  return BuiltInEnvironments::names_of<Actions>();
}

}  // namespace holdfast
