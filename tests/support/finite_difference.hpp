/// \file
/// Derivatives by central differences, to compare with the library's own.
#pragma once

#include <algorithm>
#include <cmath>

#include "holdfast/core/types.hpp"

namespace holdfast::testing {

/// Returns ∂loss()/∂point for every entry of `point`, which `loss` reads and which is restored. For a smooth loss of
/// order one the error is about 1e-9.
template <class Point, class Loss>
[[nodiscard]] Vector<double> numeric_gradient(Point& point, Loss&& loss) {
  constexpr double step = 1e-6;
  Vector<double> gradient(point.size());
  for (Index i = 0; i < point.size(); ++i) {
    double& entry = point.data()[i];
    const double center = entry;
    entry = center + step;
    const double above = loss();
    entry = center - step;
    const double below = loss();
    entry = center;
    gradient(i) = (above - below) / (2 * step);
  }
  return gradient;
}

/// Returns the largest absolute difference of two dense objects of the same size, in units of the largest entry or of
/// 1.
template <class Left, class Right>
[[nodiscard]] double difference(const Left& left, const Right& right) {
  if (left.size() != right.size()) return 1e300;
  double largest = 0;
  double scale = 1;
  for (Index i = 0; i < left.size(); ++i) {
    const double a = left.data()[i];
    const double b = right.data()[i];
    if (!(std::abs(a - b) <= 1e300)) return 1e300;
    largest = std::max(largest, std::abs(a - b));
    scale = std::max({scale, std::abs(a), std::abs(b)});
  }
  return largest / scale;
}

}  // namespace holdfast::testing
