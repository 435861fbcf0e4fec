/// \file
/// The part of TOML that configuration files use: keys, tables, strings, plain values and lists of them.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"

namespace program {

/// Returns text as a basic string of TOML, in quotes and escaped.
[[nodiscard]] inline std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted.append(1, '\\').append(1, c);
    } else if (byte < 0x20 || byte == 0x7F) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(byte));
      quoted += code;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Reads a file of `key = value` lines and `[table]` headers. A value is a string, "…" with escapes or '…' without; a
/// list of values, returned as "8, 4"; or a plain word such as a number, returned unchanged. A byte order mark is
/// skipped.
class TomlReader {
 public:
  /// Returns the keys and their values, in order; a key in a table is "table.key". Throws DataError that names the
  /// file, the line and what was expected.
  [[nodiscard]] static std::vector<std::pair<std::string, std::string>> read(const std::string& file,
                                                                             std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    TomlReader reader(file, text);
    std::vector<std::pair<std::string, std::string>> all;
    std::string table;
    for (reader.skip_lines(); !reader.text_.empty(); reader.skip_lines()) {
      if (reader.take('[')) {
        table = reader.name_until(']') + ".";
      } else {
        std::string key = table + reader.name_until('=');
        reader.skip_spaces();
        all.emplace_back(std::move(key), reader.value());
      }
      reader.end_line();
    }
    return all;
  }

 private:
  TomlReader(const std::string& file, std::string_view text) : file_(file), whole_(text), text_(text) {}

  [[noreturn]] void refuse(const std::string& expected) const {
    const auto line = 1 + std::count(whole_.begin(), whole_.end() - static_cast<std::ptrdiff_t>(text_.size()), '\n');
    const std::string_view rest = text_.substr(0, std::min(text_.find('\n'), std::size_t{40}));
    throw holdfast::DataError(
        holdfast::message(file_, ", line ", line, ": expected ", expected, ", found \"", rest, '"'));
  }

  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r"), text_.size())); }
  void skip_comment() {
    skip_spaces();
    if (text_.starts_with('#')) text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
  }
  void skip_lines() {
    do skip_comment();
    while (take('\n'));
  }
  void end_line() {
    skip_comment();
    if (!text_.empty() && text_.front() != '\n') refuse("the end of the line");
  }

  /// Takes the text before `mark`, which must be in this line, and the mark.
  std::string name_until(char mark) {
    const auto end = std::min(text_.find('\n'), text_.size());
    const auto at = text_.find(mark);
    std::string name(holdfast::trimmed(text_.substr(0, std::min(at, end))));
    if (at >= end || name.empty()) refuse(mark == ']' ? "[TABLE]" : "KEY = VALUE");
    text_.remove_prefix(at + 1);
    return name;
  }

  std::string value() {
    if (take('"')) return basic_string();
    if (take('\'')) return literal_string();
    if (take('[')) return list();
    const auto end = std::min(text_.find_first_of(",]#\n"), text_.size());
    const std::string_view word = holdfast::trimmed(text_.substr(0, end));
    if (word.empty()) refuse("a value");
    text_.remove_prefix(end);
    return std::string(word);
  }

  std::string list() {
    std::string all;
    for (skip_lines(); !take(']'); skip_lines()) {
      if (text_.starts_with('[')) refuse("a value that is no list");
      all += (all.empty() ? "" : ", ") + value();
      skip_lines();
      if (!take(',') && !text_.starts_with(']')) refuse("a comma or ]");
    }
    return all;
  }

  std::string literal_string() {
    const auto end = text_.find('\'');
    if (end >= text_.find('\n')) refuse("a string that ends in this line");
    std::string text(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return text;
  }

  std::string basic_string() {
    std::string text;
    while (!take('"')) {
      if (text_.empty() || text_.front() == '\n') refuse("a string that ends in this line");
      if (take('\\'))
        escape(text);
      else
        text += text_.front(), text_.remove_prefix(1);
    }
    return text;
  }

  void escape(std::string& text) {
    constexpr std::string_view letters = "btnfre\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\x1B\"\\";
    const char letter = text_.empty() ? '\0' : text_.front();
    if (const auto at = letters.find(letter); at != std::string_view::npos)
      text += meanings[at], text_.remove_prefix(1);
    else if (letter == 'u' || letter == 'U')
      append_code(text, letter == 'u' ? 4 : 8);
    else
      refuse(R"(an escape such as \" or \\ after \)");
  }

  /// Appends the character with this number of hexadecimal digits, as UTF-8.
  void append_code(std::string& text, std::size_t digits) {
    std::uint32_t code = 0;
    const std::string_view number = text_.substr(1, digits);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), code, 16);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    if (number.size() != digits || error != std::errc() || end != number.data() + digits || code > 0x10FFFF ||
        surrogate)
      refuse("the number of a character after \\");
    text_.remove_prefix(1 + digits);
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80)
      text += static_cast<char>(code);
    else if (code < 0x800)
      text += {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
    else if (code < 0x10000)
      text += {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
    else
      text += {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
  }

  const std::string& file_;
  std::string_view whole_;
  std::string_view text_;  ///< text that is still to be read
};

}  // namespace program
