/// \file
/// Lets an object list its state once: the list of names is used to save it, restore it and find its networks.
///
/// The state of an object is everything that decides its future behavior and is not part of its configuration:
/// parameters, target networks, optimizer moments, dual variables, generators, counters. Workspaces, and figures
/// that every update computes anew, are not state. An object lists its state in a static member
///
///     static void state(auto& self, auto&& visit) {
///       visit("targets", self.targets_);      // numbers: one, an Eigen matrix, a std::array or a std::vector of them
///       visit("optimizer", self.optimizer_);  // a nested object, or a std::vector of objects, that lists its own
///     }
///
/// The state of an object without that member but with `parameters()` consists of its parameters.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace detail {

struct AnyStateVisitor {
  void operator()(std::string_view, auto&) const {}
};

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
struct IsNumbers : std::bool_constant<std::is_arithmetic_v<T> || std::derived_from<T, Eigen::PlainObjectBase<T>>> {};
template <class T, std::size_t N>
struct IsNumbers<std::array<T, N>> : std::is_arithmetic<T> {};
template <class T>
struct IsNumbers<std::vector<T>> : std::is_arithmetic<T> {};

}  // namespace detail

/// An object that lists its state.
template <class T>
concept ListsState = requires(T& object) {
  T::state(object, detail::AnyStateVisitor{});
};

/// An object whose state is known: it lists its state, or its state is `parameters()`.
template <class T>
concept HasState = ListsState<T> || requires(T& object) {
  object.parameters();
};

/// One number, or several of one type that are contiguous in memory. Every state consists of these.
template <class T>
concept StateNumbers = detail::IsNumbers<std::remove_cv_t<T>>::value;

/// Calls visit(name, entry) for each entry of an object's own list. If `object` is const, the entries are const.
template <class T, class Visit>
requires HasState<std::remove_const_t<T>>
void visit_state(T& object, Visit&& visit) {
  if constexpr (ListsState<std::remove_const_t<T>>)
    std::remove_const_t<T>::state(object, visit);
  else
    visit("parameters", object.parameters());
}

/// The path, type and shape of one state entry, and its numbers as bytes in the machine's byte order.
struct StateEntry {
  std::string path;       ///< includes the objects that contain it: "critics.online.0.optimizer.first_moment"
  std::string_view type;  ///< the type of one number: "float32", "float64", "bool", "int64", "uint32", …
  Index rows = 0;
  Index cols = 0;
  std::vector<std::byte> bytes;  ///< column by column

  friend bool operator==(const StateEntry&, const StateEntry&) = default;
};

/// The complete state of an object, in the order of its lists.
using SavedState = std::vector<StateEntry>;

namespace detail {

template <class Number>
[[nodiscard]] constexpr std::string_view number_type() {
  if constexpr (std::same_as<Number, bool>) return "bool";
  if constexpr (std::floating_point<Number>) return sizeof(Number) == 4 ? "float32" : "float64";
  constexpr std::array<std::string_view, 4> with_sign{"int8", "int16", "int32", "int64"};
  constexpr std::array<std::string_view, 4> without{"uint8", "uint16", "uint32", "uint64"};
  constexpr std::size_t power = sizeof(Number) == 1 ? 0 : sizeof(Number) == 2 ? 1 : sizeof(Number) == 4 ? 2 : 3;
  return std::signed_integral<Number> ? with_sign[power] : without[power];
}

/// Returns the name of a number type that is equal to `name`; empty if there is none.
inline std::string_view number_type_named(std::string_view name) {
  constexpr std::array<std::string_view, 11> all{"float32", "float64", "bool",   "int8",   "int16", "int32",
                                                 "int64",   "uint8",   "uint16", "uint32", "uint64"};
  const auto* const found = std::ranges::find(all, name);
  return found == all.end() ? std::string_view{} : *found;
}

/// The same as StateEntry, but refers to the numbers where the object holds them.
struct StateView {
  std::string path;
  std::string_view type;
  Index rows;
  Index cols;
  std::span<std::byte> bytes;
};

/// Collects views of all numbers that an object holds, in order. It is the only visitor that does so: each list of
/// state is compiled once for it, and not once more to save, to restore and to compare.
class StateCollector {
 public:
  template <class Entry>
  void operator()(std::string_view name, Entry& entry) {
    const std::size_t outer = prefix_.size();
    prefix_.append(name);
    if constexpr (StateNumbers<Entry>) {
      add(entry);
    } else if constexpr (IsVector<Entry>::value) {
      for (std::size_t i = 0; i < entry.size(); ++i) (*this)('.' + std::to_string(i), entry[i]);
    } else {
      static_assert(HasState<Entry>,
                    "holdfast: what a state lists must be numbers or list its own state: static void state(auto& self, "
                    "auto&& visit)");
      prefix_.push_back('.');
      visit_state(entry, *this);
    }
    prefix_.resize(outer);
  }

  std::vector<StateView> views;

 private:
  template <class Numbers>
  void add(Numbers& numbers) {
    if constexpr (std::is_arithmetic_v<Numbers>)
      add(&numbers, 1, 1);
    else if constexpr (requires { numbers.rows(); })
      add(numbers.data(), numbers.rows(), numbers.cols());
    else
      add(numbers.data(), static_cast<Index>(numbers.size()), 1);
  }
  template <class Number>
  void add(Number* first, Index rows, Index cols) {
    const std::span<Number> numbers(first, static_cast<std::size_t>(rows * cols));
    views.push_back({prefix_, number_type<Number>(), rows, cols, std::as_writable_bytes(numbers)});
  }

  std::string prefix_;
};

/// Returns views of the complete state of an object. The caller changes nothing through those of a constant one.
template <class T>
[[nodiscard]] std::vector<StateView> state_views(const T& object) {
  StateCollector all;
  visit_state(const_cast<T&>(object), all);
  return std::move(all.views);
}

inline SavedState copy_of(const std::vector<StateView>& views) {
  SavedState saved;
  saved.reserve(views.size());
  for (const StateView& view : views)
    saved.push_back({view.path, view.type, view.rows, view.cols, {view.bytes.begin(), view.bytes.end()}});
  return saved;
}

/// Throws DataError unless the entry fits where it is to go.
inline void check_entry(const StateView& expected, const StateEntry& found) {
  const auto text = [](const auto& entry) {
    return message(entry.rows, "x", entry.cols, " numbers of type ", entry.type);
  };
  if (expected.type != found.type || expected.rows != found.rows || expected.cols != found.cols ||
      expected.bytes.size() != found.bytes.size())
    throw DataError(
        message("saved state: \"", expected.path, "\": expected ", text(expected), ", found ", text(found)));
  if (expected.type == "bool")
    for (const std::byte each : found.bytes)
      if (std::to_integer<int>(each) > 1)
        throw DataError(
            message("saved state: expected true or false in \"", found.path, "\", found ", std::to_integer<int>(each)));
}

/// Returns the entry of each view, in the order of the views. Throws DataError unless there is exactly one for each.
inline std::vector<const StateEntry*> entries_of(const std::vector<StateView>& views, const SavedState& saved) {
  std::map<std::string_view, const StateEntry*> by_path;
  for (const StateEntry& entry : saved)
    if (!by_path.emplace(entry.path, &entry).second)
      throw DataError(message("saved state: \"", entry.path, "\" is there twice"));
  std::vector<const StateEntry*> entries;
  entries.reserve(views.size());
  for (const StateView& view : views) {
    const auto found = by_path.find(view.path);
    if (found == by_path.end()) throw DataError(message("saved state: expected \"", view.path, "\", found none"));
    check_entry(view, *found->second);
    entries.push_back(found->second);
    by_path.erase(found);
  }
  if (!by_path.empty())
    throw DataError(message("saved state: \"", by_path.begin()->first, "\" belongs to something else"));
  return entries;
}

inline void restore_views(const std::vector<StateView>& views, const SavedState& saved) {
  const auto entries = entries_of(views, saved);
  for (std::size_t i = 0; i < views.size(); ++i) std::ranges::copy(entries[i]->bytes, views[i].bytes.begin());
}

}  // namespace detail

/// Returns an entry with a copy of the numbers, for an object that provides `saved_state` itself.
template <StateNumbers Numbers>
[[nodiscard]] StateEntry state_entry(std::string_view path, const Numbers& numbers) {
  detail::StateCollector one;
  one(path, const_cast<Numbers&>(numbers));
  return std::move(detail::copy_of(one.views).front());
}

/// Returns the numbers of an entry, column by column. Throws DataError if they are of another type.
template <class Number>
[[nodiscard]] std::vector<Number> numbers_of(const StateEntry& entry) {
  std::vector<Number> numbers(static_cast<std::size_t>(entry.rows * entry.cols));
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span<Number>(numbers));
  detail::check_entry({entry.path, detail::number_type<Number>(), entry.rows, entry.cols, bytes}, entry);
  std::ranges::copy(entry.bytes, bytes.begin());
  return numbers;
}

/// Returns the entry of that path. Throws DataError if there is none.
[[nodiscard]] inline const StateEntry& entry_named(const SavedState& saved, std::string_view path) {
  for (const StateEntry& entry : saved)
    if (entry.path == path) return entry;
  throw DataError(message("saved state: expected \"", path, "\", found none"));
}

/// Returns a copy of an object's complete state. A type-erased object provides it by a member `saved_state()`.
template <class T>
[[nodiscard]] SavedState save_state(const T& object) {
  if constexpr (requires { object.saved_state(); })
    return object.saved_state();
  else
    return detail::copy_of(detail::state_views(object));
}

/// Restores the state that was saved from an object of the same type, configuration and sizes; from here on the two
/// behave the same. The entries may be in any order. If the state does not fit, throws DataError that names the first
/// wrong entry, with what was expected and found, and leaves the object unchanged. A type-erased object provides a
/// member `restore_state(saved)`.
template <class T>
void restore_state(T& object, const SavedState& saved) {
  if constexpr (requires { object.restore_state(saved); })
    object.restore_state(saved);
  else
    detail::restore_views(detail::state_views(object), saved);
}

/// The saved states of the parts of one object, by name.
using SavedParts = std::map<std::string, SavedState, std::less<>>;

/// Returns the states of several parts as one, in which each path begins with its part's name. An object uses it in its
/// `saved_state()` if it has a part that cannot be listed because it provides that member itself.
[[nodiscard]] inline SavedState join_parts(const SavedParts& parts) {
  SavedState whole;
  for (const auto& [name, part] : parts)
    for (StateEntry entry : part) {
      entry.path.insert(0, name + '.');
      whole.push_back(std::move(entry));
    }
  return whole;
}

/// Returns the parts that `join_parts` joined, among them each of `names`. Throws DataError if an entry belongs to
/// none of these names.
[[nodiscard]] inline SavedParts split_parts(const SavedState& whole, std::initializer_list<std::string_view> names) {
  SavedParts parts;
  for (const std::string_view name : names) parts[std::string(name)];
  for (StateEntry entry : whole) {
    const std::size_t dot = std::min(entry.path.find('.'), entry.path.size());
    const auto part = parts.find(std::string_view(entry.path).substr(0, dot));
    if (part == parts.end()) {
      std::string expected;
      for (const std::string_view name : names) expected += (expected.empty() ? "" : ", ") + std::string(name);
      throw DataError(message("saved state: expected entries of ", expected, ", found \"", entry.path, '"'));
    }
    entry.path.erase(0, dot + 1);
    part->second.push_back(std::move(entry));
  }
  return parts;
}

}  // namespace holdfast
