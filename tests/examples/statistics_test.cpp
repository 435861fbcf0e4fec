#include "support/statistics.hpp"

#include <cmath>

#include "catch.hpp"

using program::Interval95;
using program::student_t;

TEST_CASE("the quantiles of Student's t are those of the tables") {
  CHECK(student_t(1) == 12.706);
  CHECK(student_t(10) == 2.228);
  CHECK(student_t(11) == Approx(2.20099).margin(5e-4));
  CHECK(student_t(30) == Approx(2.04227).margin(1e-4));
  CHECK(student_t(1000000) == Approx(1.959966).margin(1e-5));
}

TEST_CASE("an interval is the mean and Student's t times its standard error") {
  const Interval95 interval({1, 2, 3, 6});
  CHECK(interval.mean == Approx(3));
  CHECK(interval.half_width == Approx(3.182 * std::sqrt(14.0 / 3 / 4)));
}

TEST_CASE("a single value has a mean and no interval") {
  const Interval95 interval({7});
  CHECK(interval.mean == 7);
  CHECK(std::isnan(interval.half_width));
}
