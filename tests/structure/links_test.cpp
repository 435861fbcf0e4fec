#include <cctype>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "structure/pages.hpp"
#include "support/run_program.hpp"

namespace links_test {

using namespace holdfast::testing;

namespace {

// A link or picture of a page whose target is a file of the project.
struct Link {
  std::string file;    // empty: the page itself
  std::string anchor;  // without #; empty if there is none
};

std::vector<Link> links_of(const std::filesystem::path& page) {
  const std::string text = content(page.string());
  const std::regex link(R"re(\]\(([^)#:\s]*)(#([^)\s]*))?\))re");
  std::vector<Link> found;
  for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match)
    found.push_back({match->str(1), match->str(3)});
  return found;
}

// Returns the anchor that Markdown gives a heading: small letters, hyphens for spaces, no punctuation.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : std::regex_replace(heading, std::regex(R"(\[([^\]]*)\]\([^)]*\))"), "$1")) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      anchor += '-';
    else if (byte > 127 || std::isalnum(byte) != 0 || c == '_' || c == '-')
      anchor += static_cast<char>(std::tolower(byte));
  }
  return anchor;
}

std::set<std::string> anchors_of(const std::filesystem::path& page) {
  std::set<std::string> anchors;
  std::istringstream lines(content(page.string()));
  bool code = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) code = !code;
    const auto text = line.find_first_not_of('#');
    if (!code && text != 0 && text != std::string::npos && line[text] == ' ')
      anchors.insert(anchor_of(line.substr(text + 1)));
  }
  return anchors;
}

}  // namespace

TEST_CASE("Every link of the documentation to a file of the project, or a place in one, leads there", "[links]") {
  const auto all = pages();
  CHECK(all.size() > 15);
  std::size_t files = 0;
  std::size_t places = 0;
  for (const auto& page : all)
    for (const Link& link : links_of(page)) {
      const std::filesystem::path target = link.file.empty() ? page : page.parent_path() / link.file;
      INFO(page.string() << " links " << link.file << '#' << link.anchor);
      ++files;
      CHECK(std::filesystem::exists(target));
      if (link.anchor.empty() || target.extension() != ".md") continue;
      ++places;
      CHECK(anchors_of(target).contains(link.anchor));
    }
  CHECK(files > 100);
  CHECK(places > 10);
}

TEST_CASE("The anchor of a heading is what Markdown makes of it", "[links]") {
  CHECK(anchor_of("At full size") == "at-full-size");
  CHECK(anchor_of("`train`, and [its](x.md) options: 2") == "train-and-its-options-2");
}

}  // namespace links_test
