#include "holdfast/core/nearest.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using namespace holdfast;

TEST_CASE("The edit distance counts insertions, deletions and replacements", "[nearest]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("pendulm", "pendulum") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);  // k→s, e→i, +g
  CHECK(edit_distance("ab", "ba") == 2);
}

TEST_CASE("The nearest of any range of texts is found, the first of equals", "[nearest]") {
  CHECK(nearest("alhpa", std::vector<std::string>{"beta", "alpha", "gamma"}) == "alpha");
  CHECK(nearest("x", std::array<std::string_view, 2>{"a", "b"}) == "a");
  CHECK(nearest("x", std::vector<std::string>{}).empty());
}
