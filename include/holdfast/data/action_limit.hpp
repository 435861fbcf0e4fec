/// \file
/// Decides whether an action counts as outside ±limit, with a relative tolerance of 1e-6 because files store rounded
/// numbers.
#pragma once

#include <cmath>

namespace holdfast::detail {

/// The relative tolerance for rounding at the limit.
inline constexpr double limit_tolerance = 1e-6;

/// Returns whether the action exceeds ±limit by more than rounding. Always false if the limit is infinite.
inline bool outside_limit(double action, double limit) { return std::abs(action) > limit * (1 + limit_tolerance); }

}  // namespace holdfast::detail
