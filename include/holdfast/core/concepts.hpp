/// \file
/// Defines requirements that several folders share.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A stand-in for the visitor that the `report` members of learners and parts call with the name and the value of each
/// figure. It ignores both.
struct FigureVisitor {
  void operator()(std::string_view, double) const {}
};

namespace requirements {

template <class T>
concept names_scalar = std::floating_point<typename T::Scalar>;
template <class T>
concept names_actions = std::default_initializable<typename T::Actions>;
template <class T>
concept names_tape = std::default_initializable<typename T::Tape>;
template <class T>
concept has_parameters = requires(T t, const T c) {
  { t.parameters() } -> std::same_as<Vector<typename T::Scalar>&>;
  { c.parameters() } -> std::same_as<const Vector<typename T::Scalar>&>;
};
template <class T>
concept reports = requires(const T t) {
  t.report(FigureVisitor{});
};
template <class Part>
concept checks_members = std::is_empty_v<Part> || HasFields<Part> || requires(const Part part) {
  part.validate();
};

template <class T>
concept lists_state = ListsState<T> || std::is_empty_v<T>;

template <class T>
concept tells_observation_size = requires(const T object) {
  { object.observation_size() } -> std::convertible_to<Index>;
};
template <class T>
concept tells_action_size = requires(const T object) {
  { object.action_size() } -> std::convertible_to<Index>;
};

}  // namespace requirements

}  // namespace holdfast
