#include "holdfast/core/nearest.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

namespace nearest_test {

using namespace holdfast;

TEST_CASE("The edit distance counts insertions, deletions and replacements", "[nearest]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("pendulm", "pendulum") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);  // k→s, e→i, +g
  CHECK(edit_distance("ab", "ba") == 2);
}

TEST_CASE("A misspelled path is answered with the paths it may stand for", "[core]") {
  const std::vector<std::string> known = {"discount",
                                          "target_rate",
                                          "policy.network.hidden",
                                          "critics.network.hidden",
                                          "critics.optimizer.learning_rate",
                                          "penalty.alpha"};
  CHECK(did_you_mean("pentaly.alpha", known) == "; did you mean \"penalty.alpha\"?");
  CHECK(did_you_mean("alpha", known) == "; did you mean \"penalty.alpha\"?");
  CHECK(did_you_mean("learning_rate", known) == "; did you mean \"critics.optimizer.learning_rate\"?");
  CHECK(did_you_mean("policy.network.hiden", known) == "; did you mean \"policy.network.hidden\"?");
  CHECK(did_you_mean("hidden", known) == "; did you mean \"policy.network.hidden\" or \"critics.network.hidden\"?");
  CHECK(did_you_mean("xyzzy", known).empty());
  CHECK(did_you_mean("anything", std::vector<std::string>{}).empty());
}

TEST_CASE("A name is answered with those that are near, and only with them", "[core]") {
  constexpr std::array<std::string_view, 4> known = {"bc", "sac", "cql", "iql"};
  CHECK(must_be_one_of(known, "cqll") == "must be one of bc, sac, cql, iql, but is \"cqll\"; did you mean \"cql\"?");
  CHECK(must_be_one_of(known, "aql") ==
        "must be one of bc, sac, cql, iql, but is \"aql\"; did you mean \"cql\" or \"iql\"?");
  for (const char* far : {"zzzzz", "zz", ""})
    CHECK(must_be_one_of(known, far) == "must be one of bc, sac, cql, iql, but is \"" + std::string(far) + '"');
  CHECK(there_is_no("algorithm", "cpl", known) == "there is no algorithm \"cpl\"; did you mean \"cql\"?");
  CHECK(there_is_no("", "zzzzz", known) == "there is no \"zzzzz\"");
}

TEST_CASE("Names are listed as one reads them", "[nearest]") {
  CHECK(listed({}).empty());
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b"}) == "a and b");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
}

}  // namespace nearest_test
