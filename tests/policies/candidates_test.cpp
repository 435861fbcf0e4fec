#include "holdfast/policies/candidates.hpp"

#include "catch.hpp"

using namespace holdfast;

TEST_CASE("expect is the weighted sum over each state's candidates", "[candidates]") {
  Candidates<double> set;
  set.per_state = 3;
  set.log_probs.setZero(6);
  set.weights = (Row<double>(6) << 0.5, 0.25, 0.25, 1, 0, 0).finished();
  const Row<double> values = (Row<double>(6) << 2, 4, 8, -1, 100, 100).finished();
  Row<double> out;
  expect(set, values, out);
  REQUIRE(set.states() == 2);
  REQUIRE(out.size() == 2);
  CHECK(out(0) == 4);
  CHECK(out(1) == -1);
}
