/// \file
/// IsEnvironment: the requirements of an environment, with a readable message for each.
#pragma once

#include <concepts>
#include <string_view>

#include "holdfast/core/concepts.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace requirements {

template <class E>
concept resets = requires(E environment, Generator& generator) {
  environment.reset(generator);
};
template <class E>
concept sets_state = requires(E environment, const Vector<double>& state) {
  environment.set_state(state);
};
template <class E>
concept tells_state = requires(const E environment) {
  { environment.state() } -> std::convertible_to<Vector<double>>;
};
template <class E>
concept tells_state_of = requires(const E environment, const Vector<double>& seen) {
  { environment.state_of(seen) } -> std::convertible_to<Vector<double>>;
};
template <class E>
concept observes = requires(const E environment, Eigen::Ref<Vector<double>> out) {
  environment.observe(out);
};
template <class E>
concept takes_actions = requires(E environment, Eigen::Ref<const Vector<double>> action) {
  { environment.step(action).reward } -> std::convertible_to<double>;
  { environment.step(action).terminal } -> std::convertible_to<bool>;
};
template <class E>
concept takes_action_numbers = requires(E environment, Index action) {
  { environment.step(action).reward } -> std::convertible_to<double>;
  { environment.step(action).terminal } -> std::convertible_to<bool>;
};
template <class E>
concept takes_steps = takes_actions<E> || takes_action_numbers<E>;
template <class E>
concept tells_name = requires(const E environment) {
  { environment.name() } -> std::convertible_to<std::string_view>;
};
template <class E>
concept tells_time_limit = requires(const E environment) {
  { environment.time_limit() } -> std::convertible_to<Index>;
};
template <class E>
concept tells_reward_range = requires(const E environment) {
  { environment.reward_range().lowest } -> std::convertible_to<double>;
  { environment.reward_range().highest } -> std::convertible_to<double>;
};
template <class E>
concept tells_references = requires(const E environment) {
  { environment.references().random } -> std::convertible_to<double>;
  { environment.references().good } -> std::convertible_to<double>;
};

}  // namespace requirements

/// The requirements of an environment, which can be acted in and be reset to a given state. Its actions are vectors, or
/// indices of a finite set. Environments compute in double. They take actions as given, and clip them themselves if the
/// task says so. They do not count steps: the code that runs one stops after `time_limit()` steps and records a
/// timeout, which is not a terminal.
template <class E>
concept IsEnvironment = requirements::resets<E> && requirements::sets_state<E> && requirements::tells_state<E> &&
    requirements::tells_state_of<E> && requirements::observes<E> && requirements::takes_steps<E> &&
    requirements::tells_name<E> && requirements::tells_observation_size<E> && requirements::tells_action_size<E> &&
    requirements::tells_time_limit<E> && requirements::tells_reward_range<E> && requirements::tells_references<E>;

/// The requirements of an environment with a finite set of `action_size()` actions.
template <class E>
concept IsFiniteEnvironment = IsEnvironment<E> && requirements::takes_action_numbers<E>;

/// Stops the compilation with one message for each member that type E lacks to be an Environment.
template <class E>
consteval bool check_environment() {
  static_assert(requirements::resets<E>, "holdfast: an Environment must have reset(Generator&)");
  static_assert(requirements::sets_state<E>, "holdfast: an Environment must have set_state(const Vector<double>&)");
  static_assert(requirements::tells_state<E>, "holdfast: an Environment must have state() const, a Vector<double>");
  static_assert(
      requirements::tells_state_of<E>,
      "holdfast: an Environment must have state_of(const Vector<double>& observation) const, a Vector<double>");
  static_assert(requirements::observes<E>,
                "holdfast: an Environment must have observe(Eigen::Ref<Vector<double>> out) const");
  static_assert(requirements::takes_steps<E>,
                "holdfast: an Environment must have step(const Vector<double>& action), or step(Index action) for a "
                "finite set of actions, returning a StepResult");
  static_assert(requirements::tells_name<E>, "holdfast: an Environment must have name() const, a text");
  static_assert(requirements::tells_observation_size<E>,
                "holdfast: an Environment must have observation_size() const, an Index");
  static_assert(requirements::tells_action_size<E>, "holdfast: an Environment must have action_size() const, an Index");
  static_assert(requirements::tells_time_limit<E>, "holdfast: an Environment must have time_limit() const, an Index");
  static_assert(requirements::tells_reward_range<E>,
                "holdfast: an Environment must have reward_range() const, an Interval");
  static_assert(requirements::tells_references<E>, "holdfast: an Environment must have references() const, References");
  return true;
}

}  // namespace holdfast
