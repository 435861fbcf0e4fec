#include "studies/support/statistics.hpp"

#include <cmath>

#include "catch.hpp"

namespace statistics_test {

using program::Interval95;

TEST_CASE("an interval is the mean and Student's t times its standard error") {
  const Interval95 interval({1, 2, 3, 6});
  CHECK(interval.mean == 3);
  CHECK(std::abs(interval.half_width - 3.1824463052842638 * std::sqrt(14.0 / 3 / 4)) < 1e-12);
}

TEST_CASE("a single value has a mean and no interval") {
  const Interval95 interval({7});
  CHECK(interval.mean == 7);
  CHECK(std::isnan(interval.half_width));
}

}  // namespace statistics_test
