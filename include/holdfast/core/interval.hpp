/// \file
/// Defines intervals of numbers. They are closed unless stated otherwise.
#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The largest allowed count of anything held in memory, such as the units of a layer or the draws per state. It is far
/// above any useful value, and small enough that products of such counts do not overflow.
inline constexpr double most_in_memory = 1e6;

/// An interval of numbers: the allowed values of a field, the rewards of a task, the attainable values. It includes its
/// bounds unless they are open. The default bounds, ±infinity, do not restrict. NaN lies in no interval.
struct Interval {
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  bool open_below = false;
  bool open_above = false;
  bool of_memory = false;  ///< `highest` only limits memory; `text()` does not mention it

  [[nodiscard]] constexpr bool contains(double value) const {
    return (open_below ? value > lowest : value >= lowest) && (open_above ? value < highest : value <= highest);
  }

  /// Returns the requirement as it follows "must be": "positive", "at least 1", "in [0, 1)". A bound that only limits
  /// memory is not mentioned.
  [[nodiscard]] std::string text() const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (lowest == -infinity && highest == infinity) return open_below && open_above ? "a finite number" : "a number";
    if (highest == infinity && lowest == 0 && open_below) return "positive";
    if (highest == infinity || of_memory) return message(open_below ? "above " : "at least ", digits(lowest));
    if (lowest == -infinity) return message(open_above ? "below " : "at most ", digits(highest));
    return message("in ", open_below ? '(' : '[', digits(lowest), ", ", digits(highest), open_above ? ')' : ']');
  }

 private:
  /// Formats a bound as text: "2147483647" rather than "2.14748e+09".
  [[nodiscard]] static std::string digits(double bound) {
    const bool whole = std::abs(bound) < 1e15 && std::trunc(bound) == bound;
    return whole ? message(static_cast<Index>(bound)) : message(bound);
  }
};

/// The finite numbers above zero.
inline constexpr Interval positive{.lowest = 0, .open_below = true, .open_above = true};
/// All finite numbers.
inline constexpr Interval finite_number{.open_below = true, .open_above = true};
/// Returns [lowest, ∞).
[[nodiscard]] constexpr Interval at_least(double lowest) { return {.lowest = lowest, .open_above = true}; }
/// Returns [lowest, most_in_memory], for counts that are limited by memory.
[[nodiscard]] constexpr Interval size_from(double lowest) {
  return {.lowest = lowest, .highest = most_in_memory, .of_memory = true};
}
/// Returns (lowest, highest).
[[nodiscard]] constexpr Interval between(double lowest, double highest) { return {lowest, highest, true, true}; }

}  // namespace holdfast
