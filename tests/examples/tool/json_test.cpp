#include "tool/json.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"

namespace json_test {

using program::json;
using program::JsonList;
using program::JsonObject;

TEST_CASE("text is quoted and escaped") {
  CHECK(json("") == "\"\"");
  CHECK(json("plain") == "\"plain\"");
  CHECK(json("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json("line\nline\ttab\r") == R"("line\nline\ttab\u000d")");
  CHECK(json(std::string("\x00\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
  CHECK(json("±1, naïve, 学, 🙂") == "\"±1, naïve, 学, 🙂\"");
}

TEST_CASE("bytes that are not UTF-8 are replaced") {
  const std::string replaced = "\xEF\xBF\xBD";
  CHECK(json("na\xEFve") == "\"na" + replaced + "ve\"");
  CHECK(json("\xC3") == "\"" + replaced + "\"");                                               // cut off
  CHECK(json("\xC0\xAF") == "\"" + replaced + replaced + "\"");                                // overlong
  CHECK(json("\xED\xA0\x80") == "\"" + replaced + replaced + replaced + "\"");                 // a surrogate
  CHECK(json("\xF4\x90\x80\x80") == "\"" + replaced + replaced + replaced + replaced + "\"");  // beyond U+10FFFF
}

TEST_CASE("numbers have the digits that tell them apart, and are null where they are not finite") {
  CHECK(json(0.1) == "0.1");
  CHECK(json(0.1F) == "0.1");
  CHECK(json(-3) == "-3");
  CHECK(json(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(json(-std::numeric_limits<float>::infinity()) == "null");
  CHECK(json(true) == "true");
}

TEST_CASE("lists and objects keep their order and nest") {
  CHECK(JsonList().text() == "[]");
  CHECK(JsonObject().text() == "{}");
  const std::string nested = R"({"b": 1, "a\"": [1.5, "x", false], "c": {"d": []}})";
  JsonObject object;
  object.add("b", 1).add("a\"", JsonList().add(1.5).add("x").add(false)).add("c", JsonObject().add("d", JsonList()));
  CHECK(object.text() == nested);
}

}  // namespace json_test
