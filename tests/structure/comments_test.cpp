#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace comments_test {

namespace {

// The documentation comments of a file whose first sentence begins in the middle of one: "What is …", "Of the …".
std::vector<std::string> incomplete(std::istream& file) {
  const std::regex beginning(R"re(\s*///\s*(What|Of)\b.*)re");
  const std::regex behind_a_member(R"re(.*///<\s*([Ww]hat|[Oo]f|[Ww]hether)\b.*)re");
  const std::regex comment(R"re(\s*///([^<].*)?)re");
  std::vector<std::string> found;
  bool continued = false;
  for (std::string line; std::getline(file, line);) {
    const bool is_comment = std::regex_match(line, comment);
    if ((!continued && std::regex_match(line, beginning)) || std::regex_match(line, behind_a_member))
      found.push_back(line);
    continued = is_comment;
  }
  return found;
}

}  // namespace

TEST_CASE("No documentation comment begins in the middle of a sentence", "[comments]") {
  int files = 0;
  for (const char* folder : {"include", "examples", "tests", "benchmarks"})
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(HOLDFAST_SOURCE) / folder)) {
      if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
      if (entry.path().filename() == "comments_test.cpp") continue;
      ++files;
      std::ifstream file(entry.path());
      for (const std::string& line : incomplete(file)) FAIL_CHECK(entry.path().string() << ": " << line);
    }
  CHECK(files > 300);
}

TEST_CASE("Comments that begin so are found", "[comments]") {
  std::istringstream file(
      "/// What it is.\nint a;\n/// A sentence.\n/// What follows.\nint b;\nint c;  ///< of both\n"
      "int d;  ///< sum of both\n/// Of all.\n");
  CHECK(incomplete(file) == std::vector<std::string>{"/// What it is.", "int c;  ///< of both", "/// Of all."});
}

}  // namespace comments_test
