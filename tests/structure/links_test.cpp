#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "structure/pages.hpp"
#include "support/run_program.hpp"

namespace links_test {

using namespace holdfast::testing;

namespace {

// The targets of the links and pictures of a page that are files of the project, without the anchors behind them.
std::vector<std::string> links_of(const std::filesystem::path& page) {
  const std::string text = content(page.string());
  const std::regex link(R"re(\]\(([^)#:\s]+)(#[^)\s]*)?\))re");
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match)
    found.push_back(match->str(1));
  return found;
}

}  // namespace

TEST_CASE("Every link of the documentation to a file of the project leads to one", "[links]") {
  const auto all = pages();
  CHECK(all.size() > 15);
  std::size_t count = 0;
  for (const auto& page : all)
    for (const std::string& link : links_of(page)) {
      ++count;
      if (!std::filesystem::exists(page.parent_path() / link)) FAIL_CHECK(page.string() << " links " << link);
    }
  CHECK(count > 100);
}

}  // namespace links_test
