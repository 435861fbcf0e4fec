/// \file
/// Detection of atoms in continuous actions: values that occur too often for draws from a density.
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

/// A value that one action feature takes too often for draws from a density.
struct Atom {
  Index feature = 0;
  double value = 0;
  Index count = 0;  ///< number of actions that have this value
};

namespace detail {

/// Throws DataError if one of the numbers is not finite: "`what`, found nan in feature 0".
template <class Scalar>
void require_finite_features(const Matrix<Scalar>& numbers, const char* what) {
  for (Index i = 0; i < numbers.cols(); ++i)
    for (Index feature = 0; feature < numbers.rows(); ++feature)
      if (!std::isfinite(numbers(feature, i)))
        throw DataError(message(what, ", found ", numbers(feature, i), " in feature ", feature));
}

/// A range [low, high) of indices into sorted values.
struct Window {
  std::size_t low;
  std::size_t high;
};

/// Returns the smallest window around the equal values [begin, end) of `sorted` that holds at least `count` other
/// values, if there are that many. The window also contains every value at the same distance as the farthest of them.
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

/// Returns the smallest distance between different values in the window; infinity if all are equal.
inline double least_distance(const std::vector<double>& sorted, Window window) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = window.low + 1; i < window.high; ++i)
    if (sorted[i] > sorted[i - 1]) least = std::min(least, sorted[i] - sorted[i - 1]);
  return least;
}

/// Returns how many of the `sorted` draws are expected to be stored as the value sorted[begin], which all draws in
/// [begin, end) have, given the density nearby. It is the number of nearest other draws (at least 2c, c = end − begin),
/// divided by the number of storable values in the range that they cover. Returns 0 if there are no other values.
///
/// The distance between storable values is estimated as the smallest distance between different values among the 200
/// nearest draws. This recognizes coarse grids such as half precision and rounded decimals. The distance is at least
/// the spacing of floats of this size: generators of floats draw from no finer grid, and doubles may have been floats
/// once. It is at most a thirtieth of the range of all draws: data that takes only a handful of values is not a rounded
/// density.
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

/// Returns how many other draws lie within 10⁻⁶ of the border, ±1, on the side of sorted[begin]; the draws in
/// [begin, end), which are equal to it, do not count. A TanhGaussian treats all actions this close to the border alike,
/// and the vectorized tanh of floats returns ±1 from about 8 on. Returns 0 if sorted[begin] is not within 10⁻⁶ of the
/// border.
inline double others_at_border(const std::vector<double>& sorted, std::size_t begin, std::size_t end) {
  constexpr double border = 1 - 1e-6;
  if (!(std::abs(sorted[begin]) > border && std::abs(sorted[begin]) <= 1)) return 0;
  const auto count = std::count_if(sorted.begin(), sorted.end(), [&](double each) {
    return std::abs(each) > border && std::abs(each) <= 1 && (each > 0) == (sorted[begin] > 0);
  });
  return static_cast<double>(count) - static_cast<double>(end - begin);
}

}  // namespace detail

/// Returns the first value that occurs too often in continuous actions (A×N) for draws from densities, if there is one.
/// More than the given share of the actions have such a value, at least three do, and their number is significantly
/// larger than four times the number that the density nearby makes likely. Rounded draws repeat by chance. In single
/// precision this happens mostly near ±1, where a tanh crowds draws onto numbers 6·10⁻⁸ apart; on a coarser grid, such
/// as half precision, it happens everywhere. How precisely log π is known for rounded actions is another question
/// (log_prob_precision.hpp). Throws DataError if an action is not finite.
///
/// The count c is compared with a Poisson law whose mean λ is four times the expected number of ties. It is too large
/// if the probability of at least c, bounded by e^{c − λ} (λ/c)^c (Chernoff), is below 10⁻⁹/(A N). This means one false
/// alarm in 10⁹ datasets, if the density is nowhere more than four times that of its neighborhood.
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

/// Throws DataError if continuous actions of the dataset have an atom (`find_atom`), as clipped actions have at the
/// border: their distribution has no density there, and importance ratios do not exist. Also throws DataError if an
/// action is not finite. Does nothing for a finite action set.
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

/// Throws DataError if more than a thousandth of the policy's own draws in the dataset's states are an atom, as for a
/// clipped Gaussian at the border. The data has no density there, and no weighted logged action can represent these
/// draws. Also throws DataError if a draw is not finite. Draws in at most 10,000 states. Does nothing for a finite
/// action set.
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
