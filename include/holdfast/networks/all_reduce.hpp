/// \file
/// AllReduce: sums over the learners that train one policy together, each on its share of every batch.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// Sums numbers over the learners that train together. Each calls the functions in the same order, with as many
/// numbers.
class AllReduce {
 public:
  AllReduce() = default;
  AllReduce(const AllReduce&) = delete;
  AllReduce& operator=(const AllReduce&) = delete;
  virtual ~AllReduce() = default;

  /// Returns the number of learners.
  [[nodiscard]] virtual Index size() const = 0;

  /// Replaces the numbers by their sum over the learners. Every learner gets the same bits.
  virtual void sum(float* numbers, Index count) = 0;
  virtual void sum(double* numbers, Index count) = 0;
};

}  // namespace holdfast
