/// \file
/// Values that continuous actions take too often for draws from a density, as clipped ones do: no importance ratio
/// exists there.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// A value that a feature of the actions takes too often.
struct Atom {
  Index feature = 0;
  double value = 0;
  Index count = 0;  ///< how many actions take it
};

namespace detail {

/// Throws DataError where one of the numbers is not finite: "`what`, found nan in feature 0".
template <class Scalar>
void require_finite_features(const Matrix<Scalar>& numbers, const char* what) {
  for (Index i = 0; i < numbers.cols(); ++i)
    for (Index feature = 0; feature < numbers.rows(); ++feature)
      if (!std::isfinite(numbers(feature, i)))
        throw DataError(message(what, ", found ", numbers(feature, i), " in feature ", feature));
}

/// Values [low, high) of sorted ones.
struct Window {
  std::size_t low;
  std::size_t high;
};

/// The least window around the equal values [begin, end) of `sorted` that holds `count` others, where there are so
/// many, and all that are as near as the last of them.
inline Window nearest_others(const std::vector<double>& sorted, std::size_t begin, std::size_t end, std::size_t count) {
  constexpr double none = std::numeric_limits<double>::infinity();
  Window window{begin, end};
  for (double reach = 0;;) {
    const double below = window.low > 0 ? sorted[begin] - sorted[window.low - 1] : none;
    const double above = window.high < sorted.size() ? sorted[window.high] - sorted[begin] : none;
    const double nearest = std::min(below, above);
    const std::size_t others = (begin - window.low) + (window.high - end);
    if (nearest == none || (others >= count && nearest > reach)) return window;
    reach = nearest;
    if (below <= above)
      --window.low;
    else
      ++window.high;
  }
}

/// The smallest distance between different values of the window, infinite where there are none.
inline double least_distance(const std::vector<double>& sorted, Window window) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = window.low + 1; i < window.high; ++i)
    if (sorted[i] > sorted[i - 1]) least = std::min(least, sorted[i] - sorted[i - 1]);
  return least;
}

/// How many of `sorted` draws are expected to be stored as sorted[begin], which those up to `end` are, by the density
/// nearby: the 2c nearest others, c = end − begin, over the stored numbers that they are spread over. 0 where there are
/// no others.
///
/// Stored numbers are as far apart as the nearest two of the 200 nearest draws, so that half precision and rounded
/// decimals are known for the coarse grids that they are, but never nearer to each other than floats of this size
/// (generators of floats draw from no finer a grid, and doubles may have been floats once), nor farther apart than a
/// thirtieth of the range of all: what takes a handful of values is no rounded density.
inline double expected_ties(const std::vector<double>& sorted, std::size_t begin, std::size_t end) {
  const Window near = nearest_others(sorted, begin, end, 2 * (end - begin));
  const auto others = static_cast<double>(near.high - near.low - (end - begin));
  if (others == 0) return 0;
  const double size = std::max(std::abs(sorted.front()), std::abs(sorted.back()));
  const double finest = size * std::numeric_limits<float>::epsilon() / 2;
  const double coarsest = (sorted.back() - sorted.front()) / 30;
  const Window wide = nearest_others(sorted, begin, end, std::max<std::size_t>(200, 2 * (end - begin)));
  const double spacing = std::max(finest, std::min(coarsest, least_distance(sorted, wide)));
  return others / std::max(1.0, (sorted[near.high - 1] - sorted[near.low]) / spacing);
}

/// How many of `sorted` draws lie as near the border, ±1, as sorted[begin] does, up to the 10⁻⁶ by which a TanhGaussian
/// tells actions apart there, beside those up to `end`, which are equal to it: the tanh of floats gives ±1 of all from
/// 8 on. 0 elsewhere.
inline double others_at_border(const std::vector<double>& sorted, std::size_t begin, std::size_t end) {
  constexpr double border = 1 - 1e-6;
  if (!(std::abs(sorted[begin]) > border && std::abs(sorted[begin]) <= 1)) return 0;
  const auto count = std::count_if(sorted.begin(), sorted.end(), [&](double each) {
    return std::abs(each) > border && std::abs(each) <= 1 && (each > 0) == (sorted[begin] > 0);
  });
  return static_cast<double>(count) - static_cast<double>(end - begin);
}

}  // namespace detail

/// The first value that continuous actions (A×N) take too often for draws from densities, where there is one: more than
/// the given share of them, at least three, and more often than four times the density nearby makes likely. Rounded
/// draws repeat by themselves: those in single precision near ±1 above all, where a tanh crowds them onto numbers
/// 6·10⁻⁸ apart, those on a coarser grid, as in half precision, everywhere. How well log π is known of such is another
/// question (log_prob_precision.hpp). Throws DataError where an action is not finite.
///
/// A count c with the mean λ, that of a Poisson law, is too large where its chance, at most e^{c − λ} (λ/c)^c
/// (Chernoff), is below 10⁻⁹/(A N): one false alarm in 10⁹ datasets, where the density is nowhere four times that of
/// its neighborhood.
template <class Scalar>
[[nodiscard]] std::optional<Atom> find_atom(const Matrix<Scalar>& actions, double share = 1e-4) {
  detail::require_finite_features(actions, "actions: expected finite numbers");
  const double most = std::max(2.0, share * static_cast<double>(actions.cols()));
  const double unlikely = std::log(1e-9 / static_cast<double>(actions.size()));
  std::vector<double> values(static_cast<std::size_t>(actions.cols()));
  for (Index feature = 0; feature < actions.rows() && !values.empty(); ++feature) {
    for (Index i = 0; i < actions.cols(); ++i)
      values[static_cast<std::size_t>(i)] = static_cast<double>(actions(feature, i));
    std::sort(values.begin(), values.end());
    for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
      end = begin + 1;
      while (end < values.size() && values[end] == values[begin]) ++end;
      const auto count = static_cast<double>(end - begin);
      if (count <= most) continue;
      const double mean =
          4 * std::max(detail::expected_ties(values, begin, end), detail::others_at_border(values, begin, end));
      if (mean < count && count - mean + count * std::log(mean / count) < unlikely)
        return Atom{feature, values[begin], static_cast<Index>(end - begin)};
    }
  }
  return std::nullopt;
}

/// Throws DataError where continuous actions of the dataset have an atom (`find_atom`), as clipped ones have at the
/// border: their distribution has no density there, and ratios do not exist; also where one is not a number. Finite
/// actions are fine.
template <class Data>
void refuse_atoms(const Data& dataset) {
  if constexpr (!FiniteActions<typename Data::Actions>) {
    if (const auto atom = find_atom(dataset.actions))
      throw DataError(message("actions: expected draws from a density, found many that are exactly ", atom->value,
                              " in feature ", atom->feature,
                              ", as clipped ones are: importance ratios do not exist there; collect with a "
                              "tanh-Gaussian policy, or use the direct method"));
  }
}

/// Throws DataError where more than a thousandth of the policy's own draws in the dataset's states are an atom, as
/// those of a clipped Gaussian on the border are: the data has no density there, and no weight can stand for them;
/// also where a draw is not a finite number. Asks in at most 10,000 states. Finite actions are fine.
template <class Policy, class Data>
void refuse_atoms(DeployedPolicy<Policy>& policy, const Data& dataset) {
  if constexpr (!FiniteActions<typename Data::Actions>) {
    Generator generator(0, Stream::inspection);
    const Index states = std::min<Index>(10000, dataset.size());
    using Scalar = typename Policy::Scalar;
    const auto& draws = policy.propose(detail::dense_columns<Scalar>(dataset.observations, 0, states), 1, generator);
    detail::require_finite_features(draws.actions, "policy: expected draws that are finite numbers");
    if (const auto atom = find_atom(draws.actions, 1e-3))
      throw DataError(message("policy: expected draws from a density, found ", atom->count, " of ", states,
                              " that are exactly ", atom->value, " in feature ", atom->feature,
                              ", as clipped ones are: no logged action can stand for them; use the direct method, or a "
                              "tanh-Gaussian policy"));
  }
}

}  // namespace holdfast
