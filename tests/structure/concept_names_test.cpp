#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

namespace concept_names_test {

const std::filesystem::path root = std::filesystem::path(HOLDFAST_SOURCE) / "include/holdfast";

std::vector<std::string> first_groups(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
    found.push_back(match->str(1));
  return found;
}

std::set<std::string> concepts_of(const std::string& text) {
  const std::vector<std::string> found = first_groups(text, std::regex("\\bconcept (\\w+)"));
  return {found.begin(), found.end()};
}

std::vector<std::string> type_parameters_of(const std::string& text) {
  return first_groups(text, std::regex("[<,>] *(?:class|typename)(?:\\.\\.\\.)? (\\w+) *(?=[,>=])"));
}

TEST_CASE("No template parameter hides a concept", "[concept_names]") {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  const std::set<std::string> concepts = concepts_of(text);
  REQUIRE(concepts.size() > 50);
  REQUIRE(concepts.count("IsPolicy") == 1);
  const std::vector<std::string> parameters = type_parameters_of(text);
  REQUIRE(parameters.size() > 300);
  for (const std::string& parameter : parameters)
    if (concepts.count(parameter) == 1) FAIL_CHECK("a template parameter hides the concept " << parameter);
}

TEST_CASE("Parameters are found in every kind of template head", "[concept_names]") {
  CHECK(type_parameters_of("template <class A, int n, typename B = int, template <class> class C, class... Rest>") ==
        std::vector<std::string>{"A", "B", "C", "Rest"});
  CHECK(concepts_of("template <class T>\nconcept Sound = true;") == std::set<std::string>{"Sound"});
}

}  // namespace concept_names_test
