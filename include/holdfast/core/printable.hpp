/// \file
/// Makes text from files and users safe to print: one line of UTF-8 without control characters.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace holdfast {

/// Returns the length of the UTF-8 sequence at the beginning of `text`; 0 if there is none.
[[nodiscard]] inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  const bool outside = (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90);
  return follows(1) && follows(2) && follows(3) && !outside ? 4 : 0;
}

namespace detail {

/// Returns the code point of a valid UTF-8 sequence.
inline unsigned code_point(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  unsigned code = first & (0xFFU >> (sequence.size() + 1));
  for (const char next : sequence.substr(1)) code = code << 6U | (static_cast<unsigned char>(next) & 0x3FU);
  return code;
}

/// Returns whether a character controls a terminal, or the lines or the direction of the text around it.
inline bool is_control(unsigned code) {
  const auto within = [&](unsigned first, unsigned last) { return code >= first && code <= last; };
  return code < 0x20 || within(0x7F, 0x9F) || code == 0x061C || within(0x200E, 0x200F) || within(0x2028, 0x202E) ||
         within(0x2066, 0x2069);
}

/// Calls put(piece) for each piece of the printable form of `text`. Allocates no memory.
template <class Put>
void print_pieces(std::string_view text, const Put& put) {
  constexpr const char* digits = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
    const unsigned code = length == 0 ? static_cast<unsigned char>(text.front()) : code_point(sequence);
    const char byte[] = {'\\', 'x', digits[code >> 4U & 15U], digits[code & 15U]};
    const char wide[] = {'\\', 'u', digits[code >> 12U & 15U], digits[code >> 8U & 15U], byte[2], byte[3]};
    if (length != 0 && !is_control(code))
      put(sequence);
    else if (code == '\n' || code == '\t' || code == '\r')
      put(std::string_view(code == '\n' ? "\\n" : code == '\t' ? "\\t" : "\\r"));
    else if (length <= 1)
      put(std::string_view(byte, sizeof byte));
    else
      put(std::string_view(wide, sizeof wide));
    text.remove_prefix(sequence.size());
  }
}

}  // namespace detail

/// Returns the text with control characters and bytes that are not UTF-8 written as escapes: `\n`, `\x1b`, `\u202e`.
/// Control characters are those of terminals (C0, DEL, C1), of lines and of the direction of text. All else, also a
/// backslash, stays as it is, so that printable text does not change.
[[nodiscard]] inline std::string printable(std::string_view text) {
  std::string out;
  detail::print_pieces(text, [&](std::string_view piece) { out += piece; });
  return out;
}

/// Writes printable(text) to the stream. Allocates no memory itself.
inline void print(std::ostream& out, std::string_view text) {
  detail::print_pieces(text, [&](std::string_view piece) { out << piece; });
}

}  // namespace holdfast
