#include "holdfast/evaluators/quantiles.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "catch.hpp"

namespace quantiles_test {

using namespace holdfast;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double relative_error(double found, double exact) { return std::abs(found / exact - 1); }

}  // namespace

// The reference values were computed from integrals and roots with 40 decimal digits.

TEST_CASE("The normal distribution function has its reference values", "[quantiles]") {
  CHECK(relative_error(normal_cdf(-37.5), 4.6053530095819548e-308) < 1e-12);
  CHECK(relative_error(normal_cdf(-10), 7.6198530241605261e-24) < 1e-13);
  CHECK(relative_error(normal_cdf(-1.96), 0.024997895148220436) < 1e-14);
  CHECK(relative_error(normal_cdf(-0.5), 0.3085375387259869) < 1e-14);
  CHECK(normal_cdf(0) == 0.5);
  CHECK(relative_error(normal_cdf(1e-3), 0.50039894221391106) < 1e-14);
  CHECK(relative_error(normal_cdf(2), 0.97724986805182079) < 1e-14);
  CHECK(normal_cdf(-infinity) == 0);
  CHECK(normal_cdf(infinity) == 1);
  CHECK(std::isnan(normal_cdf(std::nan(""))));
}

TEST_CASE("The normal quantiles have their reference values", "[quantiles]") {
  CHECK(relative_error(normal_quantile(1e-300), -37.047096299361199) < 1e-14);
  CHECK(relative_error(normal_quantile(1e-20), -9.2623400897984076) < 1e-14);
  CHECK(relative_error(normal_quantile(0.001), -3.0902323061678135) < 1e-14);
  CHECK(relative_error(normal_quantile(0.025), -1.9599639845400542) < 1e-14);
  CHECK(relative_error(normal_quantile(0.3), -0.52440051270804082) < 1e-14);
  CHECK(relative_error(normal_quantile(0.4999), -0.00025066283008800749) < 1e-14);
  CHECK(normal_quantile(0.5) == 0);
  CHECK(relative_error(normal_quantile(0.8), 0.84162123357291436) < 1e-14);
  CHECK(relative_error(normal_quantile(0.999), 3.0902323061678133) < 1e-13);
  CHECK(normal_quantile(1e-320) == normal_quantile(std::numeric_limits<double>::min()));
}

TEST_CASE("Student's distribution function has its reference values", "[quantiles]") {
  CHECK(relative_error(student_t_cdf(-1e6, 0.5), 0.00032070097541419885) < 1e-12);
  CHECK(relative_error(student_t_cdf(-30, 1.5), 0.0022928211614897026) < 1e-12);
  CHECK(relative_error(student_t_cdf(-2, 2.5), 0.078695747878982993) < 1e-12);
  CHECK(relative_error(student_t_cdf(-0.3, 7), 0.38644502520106714) < 1e-12);
  CHECK(relative_error(student_t_cdf(-12, 30.5), 2.1994854075764789e-13) < 1e-12);
  CHECK(relative_error(student_t_cdf(-1.2, 1000), 0.11521177616223353) < 1e-12);
  CHECK(relative_error(student_t_cdf(-3, 1e7), 0.0013499013555185806) < 1e-12);
  CHECK(relative_error(student_t_cdf(-30, 1e7), 5.0073068454089001e-198) < 1e-12);
  CHECK(student_t_cdf(0, 3) == 0.5);
  for (const double degrees : {0.5, 3.0, 1e8}) {
    CHECK(student_t_cdf(-infinity, degrees) == 0);
    CHECK(student_t_cdf(infinity, degrees) == 1);
    CHECK(std::abs(student_t_cdf(-1e-300, degrees) - 0.5) < 1e-15);
    CHECK(student_t_cdf(1e300, degrees) == 1);
    CHECK(std::isnan(student_t_cdf(std::nan(""), degrees)));
  }
}

TEST_CASE("Student's quantiles have their reference values", "[quantiles]") {
  CHECK(relative_error(student_t_quantile(1e-10, 0.1), -1.6044257056665485e+96) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.2, 0.5), -2.5127179536659186) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 1), -12.706204736174704) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 2), -4.3026527297494637) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.975, 5), 2.5705818356363155) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.4999, 5.5), -0.00026225620939533047) < 1e-12);
  CHECK(relative_error(student_t_quantile(1e-100, 3), -2.225769823822442e+33) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 29), -2.0452296421327043) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.005, 1000), -2.5807546980659511) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 99999), -1.9599877077718448) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 100001), -1.9599877072973792) < 1e-12);
  CHECK(relative_error(student_t_quantile(1e-100, 1e7), -21.273694782848283) < 1e-12);
  CHECK(relative_error(student_t_quantile(0.025, 1e300), normal_quantile(0.025)) < 1e-14);
  CHECK(student_t_quantile(0.5, 0.3) == 0);
  CHECK(student_t_quantile(0.999, 0.001) == infinity);
  CHECK(student_t_quantile(0.001, 0.001) == -infinity);
}

TEST_CASE("Student's t has its closed forms with one and two degrees of freedom", "[quantiles]") {
  for (double t = -1e4; t < 1e4; t += 97.3) {
    CAPTURE(t);
    const double cauchy = t < -1 ? -std::atan(1 / t) / std::acos(-1) : 0.5 + std::atan(t) / std::acos(-1);
    CHECK(relative_error(student_t_cdf(t, 1), cauchy) < 1e-12);
    const double root = std::sqrt(2 + t * t);
    CHECK(relative_error(student_t_cdf(t, 2), t < 0 ? 1 / (root * (root - t)) : 0.5 + t / root / 2) < 1e-12);
  }
}

TEST_CASE("Quantiles invert the distribution functions", "[quantiles]") {
  constexpr std::array shares = {1e-200, 1e-30, 1e-6, 0.01, 0.1, 0.2499999, 0.25, 0.2500001, 0.4, 0.499, 0.4999999};
  for (const double share : shares) {
    CAPTURE(share);
    CHECK(relative_error(normal_cdf(normal_quantile(share)), share) < 1e-12);
    for (const double degrees : {0.7, 1.0, 2.3, 10.0, 123.4, 9999.0, 99999.0, 100001.0, 1e7, 1e15}) {
      CAPTURE(degrees);
      const double t = student_t_quantile(share, degrees);
      CHECK(relative_error(student_t_cdf(t, degrees), share) < 1e-12);
      const double above = student_t_quantile(1 - share < 1 ? 1 - share : 0.5, degrees);
      CHECK(std::abs(student_t_cdf(above, degrees) - (1 - share < 1 ? 1 - share : 0.5)) < 1e-15);
    }
  }
}

TEST_CASE("Distribution functions are symmetric and rise, quantiles shrink with the degrees", "[quantiles]") {
  for (const double degrees : {0.2, 1.0, 4.5, 77.0, 1e5, 1e6}) {
    CAPTURE(degrees);
    double last = 0;
    for (double t = -20; t <= 20; t += 0.0625) {
      const double share = student_t_cdf(t, degrees);
      CHECK(share >= last);
      CHECK(std::abs(share + student_t_cdf(-t, degrees) - 1) < 1e-15);
      last = share;
    }
  }
  double last = infinity;
  for (const double degrees : {0.1, 0.5, 1.0, 2.0, 10.0, 1e3, 9.9e4, 1.01e5, 1e6, 1e9}) {
    CHECK(student_t_quantile(0.975, degrees) < last);
    last = student_t_quantile(0.975, degrees);
  }
  CHECK(normal_quantile(0.975) < last);
}

TEST_CASE("Quantiles refuse bad arguments by name", "[quantiles]") {
  CHECK_THROWS_AS(normal_quantile(0), ConfigError);
  CHECK_THROWS_WITH(normal_quantile(0), "p must be in (0, 1), but is 0");
  CHECK_THROWS_WITH(normal_quantile(1), Contains("p must be in (0, 1)"));
  CHECK_THROWS_WITH(normal_quantile(std::nan("")), Contains("p must be in (0, 1)"));
  CHECK_THROWS_WITH(student_t_quantile(1.5, 3), "p must be in (0, 1), but is 1.5");
  CHECK_THROWS_WITH(student_t_quantile(0.5, 0), "degrees must be positive and finite, but is 0");
  CHECK_THROWS_WITH(student_t_cdf(0, -1), Contains("degrees must be positive"));
  CHECK_THROWS_WITH(student_t_cdf(0, infinity), Contains("degrees must be positive and finite"));
}

}  // namespace quantiles_test
