/// \file
/// Means over seeds with their intervals.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace program {

/// The 97.5 % quantile of Student's t with `degrees` of freedom, at least 1: exact to three digits up to 10, and by the
/// Cornish-Fisher expansion of the normal quantile, within 0.1 %, beyond.
[[nodiscard]] inline double student_t(std::size_t degrees) {
  constexpr std::array<double, 10> exact = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (degrees <= exact.size()) return exact[degrees - 1];
  constexpr double z = 1.959964;
  const auto n = static_cast<double>(degrees);
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

/// A mean and half the width of its 95 % confidence interval (Student's t over the values; NaN for a single one).
struct Interval95 {
  double mean = 0;
  double half_width = 0;

  explicit Interval95(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    for (const double value : values) mean += value / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    half_width =
        values.size() < 2 ? std::nan("") : student_t(values.size() - 1) * std::sqrt(squares / (count - 1) / count);
  }
};

}  // namespace program
