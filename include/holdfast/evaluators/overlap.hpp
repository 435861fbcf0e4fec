/// \file
/// How much of the data speaks for the evaluated policy, and a plain word where too little does.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/importance_weights.hpp"

namespace holdfast {

/// Below so many trajectories' worth of weight not even a standard error can be believed.
inline constexpr double trustworthy_sample_size = 10;

/// How the weights are spread over trajectories.
struct Overlap {
  Index trajectories = 0;            ///< n, or how many steps
  double effective_sample_size = 0;  ///< (Σ W)²/Σ W² (Kish 1965), in [1, n]; 0 where all weights are
  double largest_share = 0;          ///< the largest weight's share of the sum
  double top_share = 0;              ///< that of the largest hundredth of the weights, one at least
  double mean_weight = 0;            ///< 1 in expectation, where the behavior's probabilities are right
  double mean_weight_error = 0;      ///< its standard error, as far as the sample shows it

  /// Of weights ≥ 0, 1×n, that are e^{log_scale} times as large.
  [[nodiscard]] static Overlap of(Row<double> weights, double log_scale = 0) {
    Overlap overlap;
    overlap.trajectories = weights.size();
    const auto count = static_cast<double>(weights.size());
    const double sum = weights.sum();
    if (!(sum > 0)) return overlap;
    overlap.effective_sample_size = sum * sum / weights.square().sum();
    const double scale = std::exp(log_scale);
    overlap.mean_weight = scale * sum / count;
    overlap.mean_weight_error =
        scale * std::sqrt((weights - sum / count).square().sum() / std::max(1.0, count - 1) / count);
    const Index top = (weights.size() + 99) / 100;
    std::nth_element(weights.begin(), weights.begin() + (top - 1), weights.end(), std::greater<>());
    overlap.largest_share = weights.head(top).maxCoeff() / sum;
    overlap.top_share = weights.head(top).sum() / sum;
    return overlap;
  }
  /// Of whole trajectories.
  [[nodiscard]] static Overlap of(const ImportanceWeights& weights) {
    return of(weights.final_relative(), weights.log_final_scale());
  }

  /// The warning of `count` things whose weight is that of `size` alone: they are few, or the policy is far from them.
  [[nodiscard]] static std::string too_little(std::string_view things, Index count, double size) {
    const double rounded = std::round(size * 10) / 10;
    if (2 * size >= static_cast<double>(count))
      return message("there are only ", count, ' ', things, ", with the weight of ", rounded,
                     ": too few to tell an error by, do not trust it; record more");
    return message("the weight of ", count, ' ', things, " is that of ", rounded,
                   ": the policy is too far from the data, or the horizon too long; do not trust it");
  }

  /// Why an estimate that rests on these weights, of trajectories or of other `things`, should not be trusted; none
  /// where nothing speaks against it.
  [[nodiscard]] std::vector<std::string> warnings(std::string_view things = "trajectories") const {
    std::vector<std::string> found;
    const auto count = static_cast<double>(trajectories);
    if (effective_sample_size == 0) {
      found.push_back(message("none of the logged ", things, " is possible under the policy: nothing speaks for it"));
      return found;
    }
    // A hundredth of the data is left to chance.
    if (effective_sample_size < trustworthy_sample_size || effective_sample_size < count / 100)
      found.push_back(too_little(things, trajectories, effective_sample_size));
    constexpr double rounding = 1e-3;  // of recorded probabilities
    if (std::abs(mean_weight - 1) > 5 * mean_weight_error + rounding || mean_weight < 0.5 || mean_weight > 2)
      found.push_back(message("the weights' mean is ", mean_weight,
                              ", not 1: the largest ones have not been seen, or the behavior's probabilities are "
                              "not those of the data"));
    if (top_share > 0.5 && trajectories >= 100)
      found.push_back(
          message("a hundredth of the ", things, " carries ", std::round(top_share * 100), " % of the weight"));
    return found;
  }
};

}  // namespace holdfast
