/// \file
/// Reads, writes and checks the value of one field of a configuration.
///
/// The value is one of: a number, a bool, an enumeration with `enumerators(E)`, an optional number ("none" if empty), a
/// list of whole numbers.
#pragma once

#include <charconv>
#include <concepts>
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

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
concept IsNumber = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

}  // namespace detail

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

namespace detail {

/// How the values of one type are read, written and checked.
struct FieldType {
  std::string (*text)(const void* value);
  void (*set)(void* value, const std::string& path, std::string_view text);
  void (*check)(const void* value, const std::string& path, const Interval& interval);
};

template <class T>
inline constexpr FieldType field_type{[](const void* value) { return format_field(*static_cast<const T*>(value)); },
                                      [](void* value, const std::string& path, std::string_view text) {
                                        parse_field(path, text, *static_cast<T*>(value));
                                      },
                                      [](const void* value, const std::string& path, const Interval& interval) {
                                        check_field(path, *static_cast<const T*>(value), interval);
                                      }};

}  // namespace detail

class Field;

/// One field of a constant configuration, which it refers to.
class ConstField {
 public:
  template <class T>
  ConstField(std::string path, T& value, const Interval& interval)
      : path_(std::move(path)), interval_(interval), value_(&value), type_(&detail::field_type<T>) {}

  /// Returns the name, with those of the configurations that contain the field: "critics.network.hidden".
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Returns the interval that the value must lie in.
  [[nodiscard]] const Interval& interval() const { return interval_; }
  /// Returns the value as TOML, as `format_field` does.
  [[nodiscard]] std::string text() const { return type_->text(value_); }
  /// Throws as `check_field`.
  void check() const { type_->check(value_, path_, interval_); }
  /// Returns the value if it is of type T, and null otherwise.
  template <class T>
  [[nodiscard]] const T* get() const {
    return type_ == &detail::field_type<T> ? static_cast<const T*>(value_) : nullptr;
  }

 private:
  friend class Field;

  std::string path_;
  Interval interval_;
  void* value_;
  const detail::FieldType* type_;
};

/// One field of a configuration, which it refers to.
class Field : public ConstField {
 public:
  using ConstField::ConstField;

  /// Sets the value from text. Throws as `parse_field`.
  void set(std::string_view text) const { type_->set(value_, path_, text); }
  /// Returns the value if it is of type T, and null otherwise.
  template <class T>
  [[nodiscard]] T* get() const {
    return type_ == &detail::field_type<T> ? static_cast<T*>(value_) : nullptr;
  }
};

}  // namespace holdfast
