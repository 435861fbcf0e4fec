/// \file
/// Lets a configuration list its fields once: the list of names and ranges is used to check, print and set them by
/// name.
///
/// A configuration is a plain aggregate with a static member
///
///     static void fields(auto& self, auto&& visit) {
///       visit("alpha", self.alpha, at_least(0));
///       visit("optimizer", self.optimizer);  // a nested configuration: its fields are "optimizer.learning_rate", …
///     }
///
/// A field is one of: a number with the interval it must lie in, a bool, an enumeration with `enumerators(E)`, an
/// optional number ("none" if empty), a list of whole numbers, or a nested configuration.
///
/// A configuration may hide members that have no effect in this type. To do so it has a static member
/// `void absent(auto&& visit)` that calls visit(path, why), for example visit("discount", "there are no critics").
/// Hidden members are not listed and cannot be set by name.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The name and the value of one enumerator.
template <class Enumeration>
using Enumerator = std::pair<std::string_view, Enumeration>;

namespace detail {

struct AnyVisitor {
  void operator()(std::string_view, auto&, const Interval& = {}) const {}
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
concept IsNumber = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

/// Paths of fields or configurations, each with the reason why it has no effect.
using Reasons = std::vector<std::pair<std::string, std::string>>;

/// Returns the reason listed for the field at `path` or for a configuration that contains it; empty if there is none.
[[nodiscard]] inline std::string_view reason(const Reasons& reasons, std::string_view path) {
  for (const auto& [field, why] : reasons)
    if (path.starts_with(field) && (path.size() == field.size() || path[field.size()] == '.')) return why;
  return {};
}

template <class Config>
[[nodiscard]] Reasons absent_fields() {
  Reasons all;
  const auto add = [&all](std::string_view path, std::string_view why) { all.emplace_back(path, why); };
  if constexpr (requires { Config::absent(add); }) Config::absent(add);
  return all;
}

}  // namespace detail

/// A configuration that lists its fields.
template <class T>
concept HasFields = requires(T& config) {
  T::fields(config, detail::AnyVisitor{});
};

/// Calls visit(path, value, interval) as for_each_field does, but also for the members that `Config::absent` names.
template <class Config, class Visit>
void for_each_member(Config& config, Visit&& visit, const std::string& prefix = "") {
  std::remove_const_t<Config>::fields(config, [&](std::string_view name, auto& value, const Interval& interval = {}) {
    const std::string path = prefix + std::string(name);
    if constexpr (HasFields<std::remove_cvref_t<decltype(value)>>)
      for_each_member(value, visit, path + ".");
    else
      visit(path, value, interval);
  });
}

/// Calls visit(path, value, interval) in order for every field that is not itself a configuration. The path includes
/// the configurations that contain the field, as in "critics.network.hidden". A user-defined part without `fields`
/// counts as one field. Members named by `Config::absent` are skipped; `absent` of nested configurations is not
/// consulted.
template <class Config, class Visit>
void for_each_field(Config& config, Visit&& visit) {
  const detail::Reasons absent = detail::absent_fields<std::remove_const_t<Config>>();
  for_each_member(config, [&](const std::string& path, auto& value, const Interval& interval) {
    if (detail::reason(absent, path).empty()) visit(path, value, interval);
  });
}

/// Throws ConfigError, naming the field `path`, unless its value (each entry of a list) lies in the interval: "beta
/// must be at least 0, but is -1". A value that is not numeric always passes.
template <class T>
void check_field(const std::string& path, const T& value, const Interval& interval) {
  if constexpr (detail::IsNumber<T>) {
    const auto number = static_cast<double>(value);
    if (interval.of_memory && number > interval.highest)
      throw ConfigError(message(path, " must be ", Interval{.highest = interval.highest}.text(),
                                ", to fit into memory, but is ", value));
    if (!interval.contains(number)) throw ConfigError(message(path, " must be ", interval.text(), ", but is ", value));
  } else if constexpr (detail::IsOptional<T>::value) {
    if (value) check_field(path, *value, interval);
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    for (const Index entry : value) check_field("each of " + path, entry, interval);
  }
}

/// Formats a number with the fewest digits that identify it uniquely, as used in configuration files: "0.1", "1e-05",
/// "nan".
[[nodiscard]] inline std::string format_number(double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return error == std::errc() ? std::string(digits, end) : "nan";
}

/// Returns the text without leading and trailing spaces, tabs and line ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

namespace detail {

inline std::string_view without(std::string_view text, char first, char last) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == first && text.back() == last) return text.substr(1, text.size() - 2);
  return text;
}

[[noreturn]] inline void wrong_type(const std::string& path, std::string_view expected, std::string_view found) {
  throw ConfigError(message(path, " must be ", expected, ", but is \"", found, "\""));
}

template <IsNumber T>
void parse_number(const std::string& path, std::string_view text, T& value) {
  const std::string_view digits = text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
  T parsed{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
  if (error != std::errc() || end != digits.data() + digits.size())
    wrong_type(path, std::floating_point<T> ? "a number" : "a whole number", text);
  value = parsed;
}

inline void parse_list(const std::string& path, std::string_view text, std::vector<Index>& value) {
  std::vector<Index> parsed;
  std::string_view rest = trimmed(without(text, '[', ']'));
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    try {
      parse_number(path, trimmed(rest.substr(0, comma)), parsed.emplace_back());
    } catch (const ConfigError&) {
      wrong_type(path, "a list of whole numbers such as [256, 256]", text);
    }
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  value = std::move(parsed);
}

template <class E>
void parse_enumeration(const std::string& path, std::string_view text, E& value) {
  std::vector<std::string_view> names;
  for (const auto& [name, each] : enumerators(E{})) {
    if (name == text) {
      value = each;
      return;
    }
    names.push_back(name);
  }
  throw ConfigError(message(path, ' ', must_be_one_of(names, text)));
}

}  // namespace detail

/// Sets a field from text: a number, true or false, an enumerator's name, "none", or a list "64, 64" with or without
/// brackets. Surrounding quotes are removed. Throws ConfigError, naming the field `path`, if the text does not match
/// the field's type.
template <class T>
void parse_field(const std::string& path, std::string_view given, T& value) {
  const std::string_view text = detail::without(given, '"', '"');
  if constexpr (std::same_as<T, bool>) {
    if (text != "true" && text != "false") detail::wrong_type(path, "true or false", text);
    value = text == "true";
  } else if constexpr (detail::IsNumber<T>) {
    detail::parse_number(path, text, value);
  } else if constexpr (std::is_enum_v<T>) {
    detail::parse_enumeration(path, text, value);
  } else if constexpr (detail::IsOptional<T>::value) {
    T parsed;
    if (text != "none") parse_field(path, text, parsed.emplace());
    value = parsed;
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    detail::parse_list(path, text, value);
  } else {
    throw ConfigError(path + " cannot be set by name: its type lists no fields");
  }
}

/// Formats a field's value as TOML, in the form that `parse_field` reads: `0.1`, `true`, `"relu"`, `"none"`,
/// `[64, 64]`. Returns an empty text for a type that is not a field type.
template <class T>
[[nodiscard]] std::string format_field(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::floating_point<T>) {
    return format_number(static_cast<double>(value));
  } else if constexpr (std::integral<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    for (const auto& [name, each] : enumerators(value))
      if (each == value) return message('"', name, '"');
    return "\"?\"";
  } else if constexpr (detail::IsOptional<T>::value) {
    return value ? format_field(*value) : "\"none\"";
  } else if constexpr (std::same_as<T, std::vector<Index>>) {
    std::string text;
    for (const Index entry : value) text += (text.empty() ? "" : ", ") + std::to_string(entry);
    return "[" + text + "]";
  } else {
    return "";
  }
}

/// Throws ConfigError for the first field outside its interval: "penalty.alpha must be at least 0, but is -1". Also
/// calls `validate()` of each field that has it: a nested configuration uses it to check several fields together, and a
/// part without `fields` to check its members.
template <HasFields Config>
void check_fields(const Config& config, const std::string& prefix = "") {
  Config::fields(config, [&](std::string_view name, const auto& value, const Interval& interval = {}) {
    const std::string path = prefix + std::string(name);
    if constexpr (HasFields<std::remove_cvref_t<decltype(value)>>)
      check_fields(value, path + ".");
    else
      check_field(path, value, interval);
    if constexpr (requires { value.validate(); }) value.validate();
  });
}

/// Returns all fields in order with their values as TOML. Parts without `fields` are left out.
template <HasFields Config>
[[nodiscard]] std::vector<std::pair<std::string, std::string>> list_fields(const Config& config) {
  std::vector<std::pair<std::string, std::string>> all;
  for_each_field(config, [&](const std::string& path, const auto& value, const Interval&) {
    if (std::string text = format_field(value); !text.empty()) all.emplace_back(path, std::move(text));
  });
  return all;
}

/// Explains why a configuration of type Config does not have a field: `there is no "discount": there are no critics`.
/// Returns an empty text if `Config::absent` does not name the field.
template <HasFields Config>
[[nodiscard]] std::string absence(std::string_view path) {
  const detail::Reasons absent = detail::absent_fields<Config>();
  const std::string_view why = detail::reason(absent, path);
  return why.empty() ? "" : message("there is no \"", path, "\": ", why);
}

/// Sets the field at `path` from text: a number, true or false, an enumerator's name, "none", or a list "64, 64" with
/// or without brackets. Throws ConfigError if there is no such field, with the reason or similar names, and if the text
/// does not match the field's type. Does not check that the value lies in its interval; `check_fields` does.
template <HasFields Config>
void set_field(Config& config, std::string_view path, std::string_view text) {
  bool found = false;
  std::vector<std::string> known;
  for_each_field(config, [&](const std::string& each, auto& value, const Interval&) {
    known.push_back(each);
    if (each != path) return;
    found = true;
    parse_field(each, text, value);
  });
  if (found) return;
  if (const std::string why = absence<Config>(path); !why.empty()) throw ConfigError(why);
  throw ConfigError(there_is_no("", path, known));
}

}  // namespace holdfast
