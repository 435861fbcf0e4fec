/// \file
/// Measures of how well estimates rank policies: rank correlations and regret.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace detail {

inline void check_same_size(const Row<double>& one, const Row<double>& other) {
  if (one.size() != other.size())
    throw DataError(message("ranking: expected two numbers for each policy, found ", one.size(), " of the one and ",
                            other.size(), " of the other"));
}

inline std::vector<Index> first_indices(Index count) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

}  // namespace detail

/// Returns the rank of each value in ascending order, from 1 on; equal values share the mean of their ranks. All ranks
/// are NaN if a value is NaN.
[[nodiscard]] inline Row<double> average_ranks(const Row<double>& values) {
  const Index n = values.size();
  if (values.isNaN().any()) return Row<double>::Constant(n, std::numeric_limits<double>::quiet_NaN());
  std::vector<Index> order = detail::first_indices(n);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return values[a] < values[b]; });
  Row<double> ranks(n);
  for (auto first = order.begin(); first != order.end();) {
    const auto last = std::find_if(first, order.end(), [&](Index i) { return values[i] != values[*first]; });
    const double mean = static_cast<double>((first - order.begin()) + 1 + (last - order.begin())) / 2;
    for (; first != last; ++first) ranks[*first] = mean;
  }
  return ranks;
}

/// Returns Spearman's ρ in [−1, 1], the correlation of the average ranks. NaN if all values of `one` or of `other` are
/// equal, or a value is NaN. Throws DataError if the sizes differ.
[[nodiscard]] inline double spearman(const Row<double>& one, const Row<double>& other) {
  detail::check_same_size(one, other);
  const double mean = static_cast<double>(one.size() + 1) / 2;
  const Row<double> a = average_ranks(one) - mean;
  const Row<double> b = average_ranks(other) - mean;
  return (a * b).sum() / std::sqrt(a.square().sum() * b.square().sum());
}

/// Returns Kendall's τ_b in [−1, 1] (Kendall 1945, "The treatment of ties in ranking problems"): the number of pairs in
/// the same order minus the number in opposite orders, divided by the geometric mean of the numbers of pairs that are
/// untied in `one` and in `other`. NaN if all values of `one` or of `other` are equal, or a value is NaN. Takes n²
/// operations. Throws DataError if the sizes differ.
[[nodiscard]] inline double kendall(const Row<double>& one, const Row<double>& other) {
  detail::check_same_size(one, other);
  if (one.isNaN().any() || other.isNaN().any()) return std::numeric_limits<double>::quiet_NaN();
  const auto order = [](double a, double b) { return (a > b ? 1 : 0) - (a < b ? 1 : 0); };
  double agreement = 0;
  double untied = 0;
  double untied_other = 0;
  for (Index i = 0; i < one.size(); ++i)
    for (Index j = 0; j < i; ++j) {
      const int first = order(one[i], one[j]);
      const int second = order(other[i], other[j]);
      agreement += first * second;
      untied += first * first;
      untied_other += second * second;
    }
  return agreement / std::sqrt(untied * untied_other);
}

/// Returns the regret of trying only the k policies with the highest estimates and keeping the truly best of them: the
/// largest true value of all minus the largest of those k, at least 0. Of equal estimates the first come first; NaN
/// comes last. NaN if a true value is NaN.
///
/// The regret is in the units of the values. Some authors divide it by the largest true value, or by its distance from
/// the smallest, and some use the sums of the true values of the best k and of the chosen k. Compare numbers from
/// elsewhere only after checking their definition; sums and maxima agree at k = 1. Throws DataError if the sizes
/// differ, ConfigError unless k is in [1, n].
[[nodiscard]] inline double regret_at(Index k, const Row<double>& truth, const Row<double>& estimates) {
  detail::check_same_size(truth, estimates);
  if (k < 1 || k > truth.size())
    throw ConfigError(message("k must be in [1, ", truth.size(), "], the number of policies, but is ", k));
  if (truth.isNaN().any()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<Index> order = detail::first_indices(truth.size());
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return estimates[a] > estimates[b] || (std::isnan(estimates[b]) && !std::isnan(estimates[a]));
  });
  double chosen = truth[order.front()];
  for (Index place = 1; place < k; ++place) chosen = std::max(chosen, truth[order[static_cast<std::size_t>(place)]]);
  return truth.maxCoeff() - chosen;
}

}  // namespace holdfast
