/// \file
/// IsEnvironment: the requirements of an environment, with a readable message for each.
#pragma once

#include <concepts>
#include <string_view>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace requirements {

template <class E>
concept resets = requires(E environment, const E known, Generator& generator, const Vector<double>& given) {
  environment.reset(generator);
  environment.set_state(given);
  { known.state() } -> std::convertible_to<Vector<double>>;
  { known.state_of(given) } -> std::convertible_to<Vector<double>>;
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
concept describes_itself = requires(const E environment) {
  { environment.name() } -> std::convertible_to<std::string_view>;
  { environment.observation_size() } -> std::convertible_to<Index>;
  { environment.action_size() } -> std::convertible_to<Index>;
  { environment.time_limit() } -> std::convertible_to<Index>;
  { environment.reward_range().lowest } -> std::convertible_to<double>;
  { environment.reward_range().highest } -> std::convertible_to<double>;
  { environment.references().random } -> std::convertible_to<double>;
  { environment.references().good } -> std::convertible_to<double>;
};

}  // namespace requirements

/// The requirements of an environment, which can be acted in and be reset to a given state. Its actions are vectors, or
/// indices of a finite set. Environments compute in double. They take actions as given, and clip them themselves if the
/// task says so. They do not count steps: the code that runs one stops after `time_limit()` steps and records a
/// timeout, which is not a terminal.
template <class E>
concept IsEnvironment = requirements::resets<E> && requirements::observes<E> &&
    (requirements::takes_actions<E> || requirements::takes_action_numbers<E>)&&requirements::describes_itself<E>;

/// The requirements of an environment with a finite set of `action_size()` actions.
template <class E>
concept IsFiniteEnvironment = IsEnvironment<E> && requirements::takes_action_numbers<E>;

/// Stops the compilation with one message for each member that type E lacks to be an Environment.
template <class E>
consteval bool check_environment() {
  static_assert(
      requires(E e, Generator & generator) { e.reset(generator); },
      "holdfast: an Environment must have reset(Generator&)");
  static_assert(
      requires(E e, const Vector<double>& state) { e.set_state(state); },
      "holdfast: an Environment must have set_state(const Vector<double>&)");
  static_assert(
      requires(const E e) {
        { e.state() } -> std::convertible_to<Vector<double>>;
      },
      "holdfast: an Environment must have state() const, a Vector<double>");
  static_assert(
      requires(const E e, const Vector<double>& seen) {
        { e.state_of(seen) } -> std::convertible_to<Vector<double>>;
      },
      "holdfast: an Environment must have state_of(const Vector<double>& observation) const, a Vector<double>");
  static_assert(requirements::observes<E>,
                "holdfast: an Environment must have observe(Eigen::Ref<Vector<double>> out) const");
  static_assert(requirements::takes_actions<E> || requirements::takes_action_numbers<E>,
                "holdfast: an Environment must have step(const Vector<double>& action), or step(Index action) for a "
                "finite set of actions, returning a StepResult");
  static_assert(
      requires(const E e) {
        { e.name() } -> std::convertible_to<std::string_view>;
      },
      "holdfast: an Environment must have name() const, a text");
  static_assert(
      requires(const E e) {
        { e.observation_size() } -> std::convertible_to<Index>;
      },
      "holdfast: an Environment must have observation_size() const, an Index");
  static_assert(
      requires(const E e) {
        { e.action_size() } -> std::convertible_to<Index>;
      },
      "holdfast: an Environment must have action_size() const, an Index");
  static_assert(
      requires(const E e) {
        { e.time_limit() } -> std::convertible_to<Index>;
      },
      "holdfast: an Environment must have time_limit() const, an Index");
  static_assert(
      requires(const E e) {
        { e.reward_range().lowest + e.reward_range().highest } -> std::convertible_to<double>;
      },
      "holdfast: an Environment must have reward_range() const, an Interval");
  static_assert(
      requires(const E e) {
        { e.references().random + e.references().good } -> std::convertible_to<double>;
      },
      "holdfast: an Environment must have references() const, of random and good");
  return true;
}

}  // namespace holdfast
