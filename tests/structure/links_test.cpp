#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"

namespace links_test {

namespace {

const std::filesystem::path source = HOLDFAST_SOURCE;

// The targets of the links and pictures of a page that are files of the project, without the anchors behind them.
std::vector<std::string> links_of(const std::filesystem::path& page) {
  std::ifstream file(page);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::regex link(R"re(\]\(([^)#:\s]+)(#[^)\s]*)?\))re");
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match)
    found.push_back(match->str(1));
  return found;
}

}  // namespace

TEST_CASE("Every link of the documentation to a file of the project leads to one", "[links]") {
  std::vector<std::filesystem::path> pages{source / "README.md", source / "CHANGELOG.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "docs"))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  CHECK(pages.size() > 15);
  std::size_t count = 0;
  for (const auto& page : pages)
    for (const std::string& link : links_of(page)) {
      ++count;
      if (!std::filesystem::exists(page.parent_path() / link)) FAIL_CHECK(page.string() << " links " << link);
    }
  CHECK(count > 100);
}

}  // namespace links_test
