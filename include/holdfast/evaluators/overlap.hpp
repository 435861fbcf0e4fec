/// \file
/// The overlap of the data and the evaluated policy, measured by the spread of importance weights, with warnings if it
/// is too small.
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

/// The effective sample size below which not even a standard error is reliable.
inline constexpr double trustworthy_sample_size = 10;

/// The spread of importance weights over trajectories or steps.
struct Overlap {
  Index trajectories = 0;            ///< n, the number of trajectories or steps
  double effective_sample_size = 0;  ///< (Σ W)²/Σ W² (Kish 1965), in [1, n]; 0 if all weights are 0
  double largest_share = 0;          ///< share of the largest weight in the sum of all
  double top_share = 0;              ///< share of the largest hundredth of the weights, at least one
  double mean_weight = 0;            ///< 1 in expectation if the behavior policy's probabilities are right
  double mean_weight_error = 0;      ///< its standard error, as far as the sample shows it

  /// Returns the overlap of the weights ≥ 0, 1×n, each times e^{log_scale}.
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
  /// Returns the overlap of the weights of whole trajectories.
  [[nodiscard]] static Overlap of(const ImportanceWeights& weights) {
    return of(weights.final_relative(), weights.log_final_scale());
  }

  /// Returns the warning that the weights of `count` trajectories or other `things` are worth only `size` of them:
  /// either there are few, or the policy is far from the data.
  [[nodiscard]] static std::string too_little(std::string_view things, Index count, double size) {
    const double rounded = std::round(size * 10) / 10;
    if (2 * size >= static_cast<double>(count))
      return message("there are only ", count, ' ', things, ", with the weight of ", rounded,
                     ": too few to tell an error by, do not trust it; record more");
    return message("the weight of ", count, ' ', things, " is that of ", rounded,
                   ": the policy is too far from the data, or the horizon too long; do not trust it");
  }

  /// Returns the reasons not to trust an estimate that uses these weights, which are those of trajectories or of other
  /// `things`. Empty if there are none.
  [[nodiscard]] std::vector<std::string> warnings(std::string_view things = "trajectories") const {
    std::vector<std::string> found;
    const auto count = static_cast<double>(trajectories);
    if (effective_sample_size == 0) {
      found.push_back(message("none of the logged ", things, " is possible under the policy: nothing speaks for it"));
      return found;
    }
    // The effective sample size may be as small as a hundredth of the data.
    if (effective_sample_size < trustworthy_sample_size || effective_sample_size < count / 100)
      found.push_back(too_little(things, trajectories, effective_sample_size));
    constexpr double rounding = 1e-3;  // of recorded probabilities
    if (std::abs(mean_weight - 1) > 5 * mean_weight_error + rounding || mean_weight < 0.5 || mean_weight > 2)
      found.push_back(message("the weights' mean is ", mean_weight,
                              ", not 1: the largest ones have not been seen, or the behavior's probabilities are "
                              "not those of the data, or one of the policies clips its draws"));
    if (top_share > 0.5 && trajectories >= 100)
      found.push_back(
          message("a hundredth of the ", things, " carries ", std::round(top_share * 100), " % of the weight"));
    return found;
  }
};

}  // namespace holdfast
