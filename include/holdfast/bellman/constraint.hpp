/// \file
/// Defines the report of a constraint that a dual variable enforces in a learner.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

namespace holdfast {

/// A constraint as measured in the last update. Its value comes from one batch and fluctuates around the average that
/// the constraint applies to.
struct Constraint {
  std::string_view quantity = {};  ///< name of the bounded quantity
  std::string_view field = {};     ///< field of the bound in the learner's configuration
  double value = 0;
  double bound = 0;
  bool at_most = true;           ///< value ≤ bound; false: value ≥ bound
  double multiplier = 1;         ///< the dual variable, increased while the constraint is violated
  std::string_view remedy = {};  ///< the advice if the constraint does not hold

  /// Returns by how much the `average` of many values violates the constraint. Returns 0 if the excess is within a
  /// tenth of the bound or within 10⁻³.
  [[nodiscard]] double violation(double average) const {
    const double excess = at_most ? average - bound : bound - average;
    return excess > std::max(0.1 * std::abs(bound), 1e-3) ? excess : 0;
  }
};

}  // namespace holdfast
