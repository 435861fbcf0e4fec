/// \file
/// When an action counts as outside ±limit, or on its border: to a millionth of it, for files round.
#pragma once

#include <cmath>

namespace holdfast::detail {

/// Share of the limit that rounding may add to an action, or take from it.
inline constexpr double limit_tolerance = 1e-6;

/// Whether the action is beyond ±limit by more than rounding. Never where the limit is infinite.
inline bool outside_limit(double action, double limit) { return std::abs(action) > limit * (1 + limit_tolerance); }

}  // namespace holdfast::detail
