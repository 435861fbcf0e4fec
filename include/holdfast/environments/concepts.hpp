/// \file
/// The requirements of an environment, and their messages.
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

/// A world to act in, resettable to a given state. It does not count its time limit: whoever records does, and calls
/// the end of a recording a time-out. Its actions are vectors, or the numbers of a finite set.
template <class E>
concept IsEnvironment = requirements::resets<E> && requirements::observes<E> &&
    (requirements::takes_actions<E> || requirements::takes_action_numbers<E>)&&requirements::describes_itself<E>;

/// An environment with a finite set of actions, `action_size()` of them.
template <class E>
concept IsFiniteEnvironment = IsEnvironment<E> && requirements::takes_action_numbers<E>;

/// Stops the compilation with a line for each member that type E lacks to be an Environment.
template <class E>
consteval bool check_environment() {
  static_assert(requirements::resets<E>,
                "holdfast: an Environment must have reset(Generator&), set_state(const Vector<double>&), state() const "
                "and state_of(const Vector<double>& observation) const");
  static_assert(requirements::observes<E>,
                "holdfast: an Environment must have observe(Eigen::Ref<Vector<double>> out) const");
  static_assert(requirements::takes_actions<E> || requirements::takes_action_numbers<E>,
                "holdfast: an Environment must have step(const Vector<double>& action), or step(Index action) for a "
                "finite set of actions, returning a StepResult");
  static_assert(requirements::describes_itself<E>,
                "holdfast: an Environment must have name(), observation_size(), action_size(), time_limit(), "
                "reward_range() and references(), all const");
  return true;
}

}  // namespace holdfast
