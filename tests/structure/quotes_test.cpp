/// \file
/// Compares the programs of the documentation with the compiled code they are quoted from.
///
/// A block of C++ in a page follows a line `<!-- from FILE: MARK -->`. FILE, a path in the project, holds the same code
/// between two lines `// [MARK]`. Spaces and line breaks may differ. A block that no compiler reads follows the line
/// `<!-- sketch -->`.

#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "structure/pages.hpp"
#include "support/run_program.hpp"

namespace quotes_test {

using namespace holdfast::testing;

namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// Returns what lies between the first two lines with the mark, or an empty text.
std::string marked(const std::string& code, const std::string& mark) {
  const std::string line = "// [" + mark + "]\n";
  const auto begin = code.find(line);
  const auto end = begin == std::string::npos ? begin : code.find(line, begin + line.size());
  return end == std::string::npos ? "" : code.substr(begin + line.size(), end - begin - line.size());
}

struct Block {
  std::string comment;  // the line before the block
  std::string code;
};

// Returns the blocks of C++ of a page.
std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    if (line != "```cpp") continue;
    blocks.push_back({before, ""});
    while (std::getline(lines, line) && line != "```") blocks.back().code += line + "\n";
  }
  return blocks;
}

// Returns what is wrong with a block, or an empty text.
std::string fault(const Block& block) {
  if (block.comment == "<!-- sketch -->") return "";
  std::smatch match;
  if (!std::regex_match(block.comment, match, std::regex("<!-- from (\\S+): (.+) -->")))
    return "the line before the block does not say where it is from";
  const std::string quoted = marked(content(HOLDFAST_SOURCE "/" + match.str(1)), match.str(2));
  if (quoted.empty()) return match.str(1) + " has no lines between two marks [" + match.str(2) + "]";
  return words(quoted) == words(block.code) ? "" : "the block is not what " + match.str(1) + " says";
}

}  // namespace

TEST_CASE("Every program of the documentation is quoted from code that is compiled", "[quotes]") {
  int quoted = 0;
  for (const auto& page : pages())
    for (const Block& block : blocks_of(content(page.string()))) {
      if (const std::string wrong = fault(block); !wrong.empty())
        FAIL_CHECK(page.string() << ": " << wrong << ":\n" << block.code);
      quoted += block.comment.starts_with("<!-- from ");
    }
  CHECK(quoted >= 8);
}

TEST_CASE("A block that differs from its source, or names none, is found", "[quotes]") {
  const std::string here = "tests/structure/quotes_test.cpp";
  const auto fault_of = [&](const std::string& comment, const std::string& code) {
    const auto blocks = blocks_of("text\n" + comment + "\n```cpp\n" + code + "\n```\nmore\n");
    REQUIRE(blocks.size() == 1);
    return fault(blocks.front());
  };
  // [a quote]
  const int answer = 42;
  // [a quote]
  CHECK(answer == 42);
  CHECK(fault_of("<!-- from " + here + ": a quote -->", "const int\n    answer = 42;").empty());
  CHECK_THAT(fault_of("<!-- from " + here + ": a quote -->", "const int answer = 43;"), Contains("is not what"));
  CHECK_THAT(fault_of("<!-- from " + here + ": no quote -->", "const int answer = 42;"), Contains("no lines"));
  CHECK_THAT(fault_of("<!-- from no_file.cpp: a quote -->", "const int answer = 42;"), Contains("no lines"));
  CHECK_THAT(fault_of("", "const int answer = 42;"), Contains("where it is from"));
  CHECK(fault_of("<!-- sketch -->", "anything").empty());
}

}  // namespace quotes_test
