/// \file
/// The first random numbers that are drawn for each purpose, to check that no two sequences are equal.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>

#include "holdfast/core/random.hpp"

namespace holdfast::testing {

/// The first eight numbers, below 256, of each stream that was seen.
class FirstNumbers {
 public:
  using Numbers = std::array<Index, 8>;

  /// Records those of a generator, however many numbers have been drawn from it.
  void see(const std::string& purpose, const Generator& generator) {
    Generator::State state = generator.state();
    state.counter[0] = state.counter[1] = 0;
    state.used = 4;
    Generator from_the_beginning(state);
    for (Index& number : seen_[purpose]) number = from_the_beginning.index(256);
  }

  /// Records those that `drawn(i)` returns one after the other, as indices below 256.
  template <class Drawn>
  void see_indices(const std::string& purpose, const Drawn& drawn) {
    Numbers& numbers = seen_[purpose];
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<Index>(drawn(static_cast<Index>(i)));
  }

  [[nodiscard]] std::size_t purposes() const { return seen_.size(); }

  /// Returns the pairs of purposes with the same numbers, in the form "a and b, …". Two streams agree by chance with
  /// probability 2⁻⁶⁴.
  [[nodiscard]] std::string alike() const {
    std::string pairs;
    for (auto left = seen_.begin(); left != seen_.end(); ++left)
      for (auto right = std::next(left); right != seen_.end(); ++right)
        if (left->second == right->second) pairs += left->first + " and " + right->first + ", ";
    return pairs;
  }

 private:
  std::map<std::string, Numbers> seen_;
};

}  // namespace holdfast::testing
