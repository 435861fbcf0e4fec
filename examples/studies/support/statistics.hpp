/// \file
/// Means over seeds, with their confidence intervals.
#pragma once

#include <cmath>
#include <vector>

#include "holdfast/evaluators/quantiles.hpp"

namespace program {

/// A mean and half the width of its 95 % confidence interval (Student's t over the values; NaN for a single one).
struct Interval95 {
  double mean = 0;
  double half_width = 0;

  explicit Interval95(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    for (const double value : values) mean += value / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    half_width = values.size() < 2
                     ? std::nan("")
                     : holdfast::student_t_quantile(0.975, count - 1) * std::sqrt(squares / (count - 1) / count);
  }

  /// Returns the half width, or 0 if there is none: the length of an error bar to either side.
  [[nodiscard]] double error_bar() const { return std::isnan(half_width) ? 0 : half_width; }
};

}  // namespace program
