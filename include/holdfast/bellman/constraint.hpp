/// \file
/// A constraint that a dual variable is to make hold, as parts of a learner tell of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

namespace holdfast {

/// One constraint in the last update. Its value is that of one batch, and swings around what holds on average.
struct Constraint {
  std::string_view quantity = {};  ///< what is bounded
  std::string_view field = {};     ///< the bound's field in the learner's configuration
  double value = 0;
  double bound = 0;
  bool at_most = true;           ///< value ≤ bound; false: value ≥ bound
  double multiplier = 1;         ///< of the constraint, moved by its excess
  std::string_view remedy = {};  ///< what to change where it does not hold

  /// By how much `average`, of many values, breaks it: 0 within a tenth of the bound, and within 10⁻³.
  [[nodiscard]] double violation(double average) const {
    const double excess = at_most ? average - bound : bound - average;
    return excess > std::max(0.1 * std::abs(bound), 1e-3) ? excess : 0;
  }
};

}  // namespace holdfast
