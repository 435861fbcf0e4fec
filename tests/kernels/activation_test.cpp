/// \file
/// Tests the smooth activation functions of every instruction set against their formulas.
#include "holdfast/kernels/activation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "support/each_instruction_set.hpp"

namespace activation_test {

using namespace holdfast;
using namespace holdfast::testing;
using kernels::Curve;

namespace {

using Real = long double;

constexpr std::array curves{Curve::mish, Curve::gelu};

// 2u of gelu and its derivative.
Real twice_u(Real x) { return 2 * std::sqrt(2 / std::acos(Real{-1})) * (x + 0.044715L * x * x * x); }
Real twice_u_slope(Real x) { return 2 * std::sqrt(2 / std::acos(Real{-1})) * (1 + 3 * 0.044715L * x * x); }

// The formulas; their limits where those are inf / inf or 0 · inf in long double.
Real value(Curve curve, Real x) {
  if (x < -1000) return 0;
  if (x > 1000) return x;
  if (curve == Curve::mish) return x * std::tanh(std::log1p(std::exp(x)));
  return x / (1 + std::exp(-twice_u(x)));
}
Real slope(Curve curve, Real x) {
  if (x < -1000) return 0;
  if (x > 1000) return 1;
  if (curve == Curve::mish) {
    const Real t = std::tanh(std::log1p(std::exp(x)));
    return t + x * (1 - t) * (1 + t) / (1 + std::exp(-x));
  }
  const Real s = 1 / (1 + std::exp(-twice_u(x)));
  return s + x * s / (1 + std::exp(twice_u(x))) * twice_u_slope(x);
}

template <class Scalar>
std::vector<Scalar> arguments() {
  std::vector<Scalar> numbers;
  for (int i = -40000; i <= 40000; ++i) numbers.push_back(static_cast<Scalar>(i * 0.0025));
  Generator generator(1);
  for (int i = 0; i < 20000; ++i) numbers.push_back(static_cast<Scalar>(3 * generator.normal()));
  for (const double size :
       {0.0, 1e-45, 1e-38, 1e-30, 1e-8, 19.4, 40.2, 41.0, 85.9, 86.1, 87.4, 88.0, 103.0, 1e4, 1e19, 1e30, 3e38})
    for (const double sign : {-1.0, 1.0}) numbers.push_back(static_cast<Scalar>(sign * size));
  return numbers;
}

template <class Scalar>
std::vector<Scalar> activated(Curve curve, const std::vector<Scalar>& x) {
  std::vector<Scalar> out(x.size());
  kernels::activate(curve, x.data(), out.data(), static_cast<Index>(x.size()));
  return out;
}

template <class Scalar>
std::vector<Scalar> slopes(Curve curve, const std::vector<Scalar>& x) {
  std::vector<Scalar> out(x.size(), Scalar{1});
  kernels::multiply_by_slope(curve, x.data(), out.data(), static_cast<Index>(x.size()));
  return out;
}

template <class Scalar>
auto bits(const std::vector<Scalar>& numbers) {
  using Bits = typename kernels::detail::Exponential<Scalar>::Bits;
  std::vector<Bits> found;
  for (const Scalar number : numbers) found.push_back(std::bit_cast<Bits>(number));
  return found;
}

// Returns the largest error in units of the last place of a number of the formula's size, or of one of size `scale` if
// that is larger. Numbers below 1e-34 count as 0.
template <class Scalar, class Formula>
Real largest_error(const std::vector<Scalar>& x, const std::vector<Scalar>& found, Formula&& formula, Real scale) {
  Real largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Real wanted = formula(static_cast<Real>(x[i]));
    if (std::abs(wanted) < 1e-34L && std::abs(static_cast<Real>(found[i])) < 1e-34L) continue;
    const Real unit = std::numeric_limits<Scalar>::epsilon() * std::max(std::abs(wanted), scale);
    const Real error = std::abs(static_cast<Real>(found[i]) - wanted) / unit;
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace

TEMPLATE_TEST_CASE("Every instruction set computes mish and gelu as their formulas say", "[kernels]", float, double) {
  EachInstructionSet each;
  const std::vector<TestType> x = arguments<TestType>();
  for (const InstructionSet set : each.sets)
    for (const Curve curve : curves) {
      use_product_instructions(set);
      INFO(name_of(set) << ", curve " << static_cast<int>(curve));
      const auto formula = [&](Real at) { return value(curve, at); };
      const auto derivative = [&](Real at) { return slope(curve, at); };
      const std::vector<TestType> values = activated(curve, x);
      const std::vector<TestType> derivatives = slopes(curve, x);
      CHECK(largest_error(x, values, formula, 1) < 2);
      CHECK(largest_error(x, derivatives, derivative, 1) < 3);
      // Far below 0 an error of gelu's exponent 2u, down to −86, is one of as many times the size in the result.
      CHECK(largest_error(x, values, formula, 0) < (curve == Curve::mish ? 3 : 120));
    }
}

TEMPLATE_TEST_CASE("The slope is the derivative of the formula", "[kernels]", float, double) {
  EachInstructionSet each;
  std::vector<TestType> x;
  for (int i = -480; i <= 480; ++i) x.push_back(static_cast<TestType>(i) / 16);
  for (const InstructionSet set : each.sets)
    for (const Curve curve : curves) {
      use_product_instructions(set);
      const auto numeric = [&](Real at) { return (value(curve, at + 1e-6L) - value(curve, at - 1e-6L)) / 2e-6L; };
      CHECK(largest_error(x, slopes(curve, x), numeric, 1) * std::numeric_limits<TestType>::epsilon() <
            std::max<Real>(1e-11L, 3 * std::numeric_limits<TestType>::epsilon()));
    }
}

TEMPLATE_TEST_CASE("Far from 0 mish and gelu are 0 or their argument, and NaN is NaN", "[kernels]", float, double) {
  EachInstructionSet each;
  constexpr TestType infinity = std::numeric_limits<TestType>::infinity();
  constexpr TestType most = std::numeric_limits<TestType>::max();
  for (const InstructionSet set : each.sets)
    for (const Curve curve : curves) {
      use_product_instructions(set);
      INFO(name_of(set) << ", curve " << static_cast<int>(curve));
      const std::vector<TestType> below{-infinity, -most, TestType(-1e30), TestType(-1e4), -100, -88};
      CHECK(activated(curve, below) == std::vector<TestType>(below.size(), 0));
      CHECK(slopes(curve, below) == std::vector<TestType>(below.size(), 0));
      const std::vector<TestType> above{infinity, most, TestType(1e30), TestType(1e4), 100, 88, 42};
      CHECK(activated(curve, above) == above);
      CHECK(slopes(curve, above) == std::vector<TestType>(above.size(), 1));
      CHECK(activated(curve, std::vector<TestType>{0, TestType(-0.0)}) == std::vector<TestType>{0, 0});
      CHECK(slopes(curve, std::vector<TestType>{0})[0] == Approx(curve == Curve::mish ? 0.6 : 0.5));
      std::vector<TestType> not_numbers{std::numeric_limits<TestType>::quiet_NaN()};
      using Bits = typename kernels::detail::Exponential<TestType>::Bits;
      for (const Bits payload : {Bits{1}, Bits{77}, Bits{0x12345}})
        not_numbers.push_back(std::bit_cast<TestType>(std::bit_cast<Bits>(not_numbers[0]) | payload));
      for (const TestType number : activated(curve, not_numbers)) CHECK(std::isnan(number));
      for (const TestType number : slopes(curve, not_numbers)) CHECK(std::isnan(number));
    }
}

TEMPLATE_TEST_CASE("A result does not depend on its position, and is the only number written", "[kernels]", float,
                   double) {
  EachInstructionSet each;
  const std::vector<TestType> all = arguments<TestType>();
  std::vector<TestType> x;
  for (std::size_t i = 0; i < 100; ++i) x.push_back(all[(i * 7919) % all.size()]);
  for (const InstructionSet set : each.sets)
    for (const Curve curve : curves) {
      use_product_instructions(set);
      INFO(name_of(set) << ", curve " << static_cast<int>(curve));
      const auto values = bits(activated(curve, x));
      const auto derivatives = bits(slopes(curve, x));
      for (const std::size_t begin : {0U, 1U, 3U, 16U})
        for (std::size_t count = 0; count <= 70; ++count) {
          std::vector<TestType> in_place = x;
          kernels::activate(curve, in_place.data() + begin, in_place.data() + begin, static_cast<Index>(count));
          std::vector<TestType> adjoint(x.size(), 1);
          kernels::multiply_by_slope(curve, x.data() + begin, adjoint.data() + begin, static_cast<Index>(count));
          auto expected = bits(x);
          auto expected_adjoint = bits(std::vector<TestType>(x.size(), 1));
          std::copy_n(values.begin() + static_cast<Index>(begin), count, expected.begin() + static_cast<Index>(begin));
          std::copy_n(derivatives.begin() + static_cast<Index>(begin), count,
                      expected_adjoint.begin() + static_cast<Index>(begin));
          REQUIRE(bits(in_place) == expected);
          REQUIRE(bits(adjoint) == expected_adjoint);
        }
    }
}

TEMPLATE_TEST_CASE("Slopes multiply the adjoint", "[kernels]", float, double) {
  EachInstructionSet each;
  const std::vector<TestType> x{TestType(-3.5), TestType(-0.5), 0, TestType(0.25), 2, 7, 30};
  for (const InstructionSet set : each.sets)
    for (const Curve curve : curves) {
      use_product_instructions(set);
      std::vector<TestType> adjoint{1, -2, 3, -4, 0, 6, -7};
      std::vector<TestType> expected = slopes(curve, x);
      for (std::size_t i = 0; i < x.size(); ++i) expected[i] *= adjoint[i];
      kernels::multiply_by_slope(curve, x.data(), adjoint.data(), static_cast<Index>(x.size()));
      CHECK(adjoint == expected);
    }
}

TEMPLATE_TEST_CASE("Activations with fused multiply-adds have the same bits", "[kernels]", float, double) {
  EachInstructionSet each;
  if (!has_instructions(InstructionSet::avx512)) return;  // nothing to compare
  const std::vector<TestType> x = arguments<TestType>();
  for (const Curve curve : curves) {
    const auto results = [&](InstructionSet set) {
      use_product_instructions(set);
      return std::pair(bits(activated(curve, x)), bits(slopes(curve, x)));
    };
    CHECK((results(InstructionSet::avx512) == results(InstructionSet::avx2)));
  }
}

}  // namespace activation_test
