/// \file
/// Curve: the smooth activation functions that the kernels compute, and the constants of their exponential function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "holdfast/core/types.hpp"

namespace holdfast::kernels {

/// An activation function φ that is smooth and not monotone. Its derivative φ′ is a function of the argument, not of
/// the result.
enum class Curve {
  mish,  ///< φ(x) = x tanh(ln(1 + eˣ))
  gelu,  ///< φ(x) = x / (1 + e⁻²ᵘ) = x/2 (1 + tanh(u)),  u = √(2/π) (x + 0.044715 x³)
};

namespace detail {

/// The factors of 2u = linear x + cubic x³ of gelu.
inline constexpr double gelu_linear = 1.59576912160573071176;  // 2 √(2/π)
inline constexpr double gelu_cubic = 0.044715 * gelu_linear;

/// The constants of eˣ = 2ⁿ eʳ, where n is the integer that is nearest to x / ln 2, and |r| ≤ ln(2)/2. The first terms
/// of the series of eʳ are as exact as a number can be.
template <class Scalar>
struct Exponential {
  static constexpr bool is_float = std::is_same_v<Scalar, float>;
  using Bits = std::conditional_t<is_float, std::uint32_t, std::uint64_t>;
  static constexpr int mantissa_bits = is_float ? 23 : 52;
  static constexpr Bits exponent_bias = is_float ? 127 : 1023;

  /// A number so large that adding it rounds to an integer, which the last bits of the sum then are.
  static constexpr Scalar rounder = static_cast<Scalar>(is_float ? 0x1.8p23 : 0x1.8p52);

  static constexpr Scalar inverse_ln2 = static_cast<Scalar>(1.44269504088896340736);
  /// The first bits of ln 2, so few that n times them is exact, and the others.
  static constexpr Scalar ln2_high = static_cast<Scalar>(is_float ? 0x1.63p-1 : 6.93147180369123816490e-01);
  static constexpr Scalar ln2_low =
      static_cast<Scalar>(is_float ? -2.12194440054690582e-4 : 1.90821492927058770002e-10);

  /// 1/k! for each power k of the series, from the highest to 0.
  static constexpr auto series = [] {
    std::array<Scalar, is_float ? 8 : 14> factors{};
    double factorial = 1;
    for (std::size_t k = 0; k < factors.size(); factorial *= static_cast<double>(++k))
      factors[factors.size() - 1 - k] = static_cast<Scalar>(1 / factorial);
    return factors;
  }();
};

}  // namespace detail

}  // namespace holdfast::kernels
