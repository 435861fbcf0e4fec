#include "holdfast/core/printable.hpp"

#include <sstream>
#include <string>
#include <utility>

#include "catch.hpp"
#include "holdfast/core/errors.hpp"

namespace printable_test {

using namespace holdfast;

TEST_CASE("Text without control characters is printed as it is", "[printable]") {
  for (const std::string text : {"", "rewards: found 3×2, naïve, 文, \xF0\x9F\x98\x80", "a\\n \"b\" 'c'"}) {
    CHECK(printable(text) == text);
    CHECK(DataError(text).what() == text);
  }
}

TEST_CASE("Control characters and bytes that are not UTF-8 are printed as escapes", "[printable]") {
  for (const auto& [text, expected] : {std::pair{std::string("a\nb\r\tc"), "a\\nb\\r\\tc"},
                                       {"\x1b[31m\x7F\x07", "\\x1b[31m\\x7f\\x07"},
                                       {std::string("a\0b", 3), "a\\x00b"},
                                       {"\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0", "\\u0080\\u009b\\u009f\xC2\xA0"},
                                       {"\xE2\x80\xAEgpj\xE2\x80\x8E\xE2\x80\x8F", "\\u202egpj\\u200e\\u200f"},
                                       {"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA", "\\u2028\\u2029\\u202a"},
                                       {"\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C", "\\u2066\\u2069\\u061c"},
                                       {"na\xEFve\x9B", "na\\xefve\\x9b"},
                                       {"\xC0\xAF\xED\xA0\x80\xE2\x80", "\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x80"}}) {
    CHECK(printable(text) == expected);
    CHECK(printable(printable(text)) == expected);
    std::ostringstream out;
    print(out, text);
    CHECK(out.str() == expected);
    CHECK(std::string(ConfigError(text).what()) == expected);
  }
}

}  // namespace printable_test
