/// \file
/// Writes JSON: objects and lists, in the order in which they are filled.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/core/printable.hpp"

namespace program {

/// Returns text as a JSON string, quoted and escaped. Bytes that are not UTF-8 become U+FFFD.
inline std::string json(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = holdfast::utf8_length(text);
    if (first == '"' || first == '\\')
      out += {'\\', text.front()};
    else if (first == '\n')
      out += "\\n";
    else if (first == '\t')
      out += "\\t";
    else if (first < 0x20 || first == 0x7F)
      out += {'\\', 'u', '0', '0', digits[first / 16], digits[first % 16]};
    else if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}
inline std::string json(const std::string& text) { return json(std::string_view(text)); }
inline std::string json(const char* text) { return json(std::string_view(text)); }

/// Returns a number in the fewest digits that distinguish it from all others; null if it is not finite. A bool becomes
/// true or false.
template <class Number>
requires std::is_arithmetic_v<Number> std::string json(Number number) {
  if constexpr (std::same_as<Number, bool>) {
    return number ? "true" : "false";
  } else {
    if constexpr (std::floating_point<Number>)
      if (!std::isfinite(number)) return "null";
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
  }
}

/// A JSON list of values that `json` can write.
class JsonList {
 public:
  template <class Value>
  JsonList& add(const Value& value) {
    text_ += (text_.empty() ? "" : ", ") + json(value);
    return *this;
  }
  [[nodiscard]] std::string text() const { return "[" + text_ + "]"; }

 private:
  std::string text_;
};

/// A JSON object whose values `json` can write.
class JsonObject {
 public:
  template <class Value>
  JsonObject& add(std::string_view key, const Value& value) {
    text_ += (text_.empty() ? "" : ", ") + json(key) + ": " + json(value);
    return *this;
  }
  [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

inline std::string json(const JsonList& list) { return list.text(); }
inline std::string json(const JsonObject& object) { return object.text(); }

}  // namespace program
