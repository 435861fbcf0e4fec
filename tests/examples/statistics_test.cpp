#include "support/statistics.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "catch.hpp"

namespace statistics_test {

using program::Interval95;
using program::student_t;

TEST_CASE("the quantiles of Student's t are those of the tables") {
  CHECK(student_t(1) == 12.706);
  CHECK(student_t(10) == 2.228);
  for (const auto& [degrees, exact] : {std::pair(11, 2.20099), {12, 2.17881}, {30, 2.04227}, {1000000, 1.959966}})
    CHECK(std::abs(student_t(static_cast<std::size_t>(degrees)) / exact - 1) < 1e-3);  // as promised
}

TEST_CASE("an interval is the mean and Student's t times its standard error") {
  const Interval95 interval({1, 2, 3, 6});
  CHECK(interval.mean == 3);
  CHECK(std::abs(interval.half_width - 3.182 * std::sqrt(14.0 / 3 / 4)) < 1e-12);
}

TEST_CASE("a single value has a mean and no interval") {
  const Interval95 interval({7});
  CHECK(interval.mean == 7);
  CHECK(std::isnan(interval.half_width));
}

}  // namespace statistics_test
