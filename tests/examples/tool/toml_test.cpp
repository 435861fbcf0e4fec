/// \file
/// Tests reading and writing the part of TOML that configuration files use.
#include "tool/toml.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace toml_test {

using holdfast::DataError;
using program::toml_string;
using program::TomlReader;
using Entries = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("Every text comes back from a TOML string") {
  std::string all = " # not a comment, [no] = 'table' \"quoted\" C:\\new\\table é 漢 \xF0\x9F\x98\x80";
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& text : {all, std::string(), std::string("\\"), std::string("\""), std::string(1, '\0')}) {
    const std::string line = toml_string(text);
    for (const char c : line) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 || c == 0x7F));
    CHECK(TomlReader::read("c.toml", "a = " + line + " # and more\nb = 1\n") == Entries{{"a", text}, {"b", "1"}});
  }
  CHECK(toml_string("a\"b\\c\n") == "\"a\\\"b\\\\c\\u000A\"");
}

TEST_CASE("Keys, tables, lists, comments and strings of TOML are understood") {
  const std::string text =
      "# a comment\r\n\nplain = -1.5e3\r\n  spaced   =   true   # more\n"
      "escapes = \"\\b\\t\\n\\f\\r\\e\\\"\\\\\\u00e9\\U0001F600\"\nliteral = 'C:\\new # \"x\"'\nempty = \"\"\n"
      "list = [ 8,\n  4, # four\n ]\nnone = []\nwords = [\"a, b\", 'c']\n"
      "[table]\nkey = 1\n[ table.inner ] # header\nkey = 2";
  CHECK(TomlReader::read("c.toml", text) == Entries{{"plain", "-1.5e3"},
                                                    {"spaced", "true"},
                                                    {"escapes", "\b\t\n\f\r\x1B\"\\é\xF0\x9F\x98\x80"},
                                                    {"literal", "C:\\new # \"x\""},
                                                    {"empty", ""},
                                                    {"list", "8, 4"},
                                                    {"none", ""},
                                                    {"words", "a, b, c"},
                                                    {"table.key", "1"},
                                                    {"table.inner.key", "2"}});
  CHECK(TomlReader::read("c.toml", "").empty());
  CHECK(TomlReader::read("c.toml",
                         "\xEF\xBB\xBF"
                         "a = 1\n") == Entries{{"a", "1"}});
}

TEST_CASE("What is no TOML is refused by line") {
  const auto refused = [](const std::string& text, const std::string& expected) {
    CHECK_THROWS_WITH(TomlReader::read("c.toml", "a = 1\n" + text), Contains("c.toml, line 2: expected " + expected));
  };
  refused("this is no TOML\nb = 2\n", "KEY = VALUE, found \"this is no TOML\"");
  refused(" = 1\n", "KEY = VALUE");
  refused("b =\n", "a value");
  refused("b = \"open\nc = 1\n", "a string that ends in this line");
  refused("b = 'open\nc = 'x'\n", "a string that ends in this line");
  refused("b = 'open", "a string that ends in this line");
  refused("b = \"open", "a string that ends in this line");
  refused("b = \"\\x\"\n", "an escape");
  refused("b = \"\\", "an escape");
  refused("b = \"\\u12\"\n", "the number of a character");
  refused("b = \"\\uD800\"\n", "the number of a character");
  refused("b = \"\\U00110000\"\n", "the number of a character");
  refused("b = 1 2 \"3\" ]\n", "the end of the line");
  refused("b = \"x\" y\n", "the end of the line");
  refused("b = [1 2", "a comma or ]");
  refused("b = [1, 2", "a comma or ]");
  refused("[table\nb = 1\n", "[TABLE]");
  refused("b = [[8, 4], [2]]\n", "a value that is no list, found \"[8, 4], [2]]\"");
  refused("b = " + std::string(1000000, '['), "a value that is no list");
}

}  // namespace toml_test
