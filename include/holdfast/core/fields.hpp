/// \file
/// Configurations that know their fields: one list of names and ranges checks them, prints them and sets them by name.
///
/// A configuration is a plain aggregate with a static member
///
///     static void fields(auto& self, auto&& visit) {
///       visit("alpha", self.alpha, at_least(0));
///       visit("optimizer", self.optimizer);  // a configuration inside: its fields are "optimizer.learning_rate", …
///     }
///
/// A field is a number with the interval it must lie in, a bool, an enumeration with `enumerators(E)`, an optional
/// number ("none" where not given), a list of whole numbers, or a configuration.
///
/// A configuration may say which of its members are no fields of this type, `static void absent(auto&& visit)`, calling
/// visit(path, why), "discount" because "there are no critics". They are neither listed nor set by name.
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

/// A value of an enumeration and its name.
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

/// Paths of fields or of the configurations they are in, and why they have no effect.
using Reasons = std::vector<std::pair<std::string, std::string>>;

/// Why the field at `path`, or a configuration it is in, is among them; empty where it is not.
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

/// As for_each_field, with what `Config::absent` names.
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

/// Calls visit(path, value, interval) for every field that is no configuration itself, in order; the path names the
/// configurations it is in, "critics.network.hidden". A part of a user's own without `fields` is one field. What
/// `Config::absent` names is left out; the configurations inside are not asked.
template <class Config, class Visit>
void for_each_field(Config& config, Visit&& visit) {
  const detail::Reasons absent = detail::absent_fields<std::remove_const_t<Config>>();
  for_each_member(config, [&](const std::string& path, auto& value, const Interval& interval) {
    if (detail::reason(absent, path).empty()) visit(path, value, interval);
  });
}

/// Throws ConfigError, naming the field `path`, unless its value, or each of a list, lies in the interval: "beta must
/// be at least 0, but is -1". Values that are no numbers lie in all.
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

/// A number in the fewest digits that tell it from all others, as configuration files have it: "0.1", "1e-05", "nan".
[[nodiscard]] inline std::string format_number(double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return error == std::errc() ? std::string(digits, end) : "nan";
}

/// The text without the blanks, tabs and ends of lines around it.
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
/// brackets; quotes around it are taken off. Throws ConfigError, naming the field `path`, where the text is not of its
/// type.
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

/// A field's value as TOML writes it, which `parse_field` reads: `0.1`, `true`, `"relu"`, `"none"`, `[64, 64]`. Empty
/// for a type that is none of a field's.
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

/// Throws ConfigError that names the first field outside its interval: "penalty.alpha must be at least 0, but is -1". A
/// configuration or part inside that has `validate()`, for what concerns several of its fields or for want of `fields`,
/// is asked too.
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

/// All fields with their values as TOML writes them, in order; those of parts without `fields` are left out.
template <HasFields Config>
[[nodiscard]] std::vector<std::pair<std::string, std::string>> list_fields(const Config& config) {
  std::vector<std::pair<std::string, std::string>> all;
  for_each_field(config, [&](const std::string& path, const auto& value, const Interval&) {
    if (std::string text = format_field(value); !text.empty()) all.emplace_back(path, std::move(text));
  });
  return all;
}

/// Says why a configuration of type Config does not have a field: `there is no "discount": there are no critics`. Empty
/// where `Config::absent` does not name it.
template <HasFields Config>
[[nodiscard]] std::string absence(std::string_view path) {
  const detail::Reasons absent = detail::absent_fields<Config>();
  const std::string_view why = detail::reason(absent, path);
  return why.empty() ? "" : message("there is no \"", path, "\": ", why);
}

/// Sets the field at `path` from text: a number, true or false, an enumerator's name, "none", or a list "64, 64" with
/// or without brackets. Throws ConfigError where there is no such field, saying why or naming one that is near, or
/// where the text is not of its type. Whether the value lies in its interval is for `check_fields` to say.
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
