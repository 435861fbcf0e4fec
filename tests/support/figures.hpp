/// \file
/// Access to the figures that learners and their parts report.
#pragma once

#include <limits>
#include <string_view>

namespace holdfast::testing {

/// Returns the figure that `reporter.report` calls `name`; NaN if it reports none of that name.
template <class Reporter>
[[nodiscard]] double figure(const Reporter& reporter, std::string_view name) {
  double found = std::numeric_limits<double>::quiet_NaN();
  reporter.report([&](std::string_view reported, double value) {
    if (reported == name) found = value;
  });
  return found;
}

}  // namespace holdfast::testing
