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

/// How many of `sorted` draws are expected to be stored as sorted[begin], which those up to `end` are, by the density
/// nearby: the 2c nearest others, c = end − begin, and those as near as the last of them, over the stored numbers that
/// they are spread over. `spacing` is the distance between stored numbers. 0 where there are no others.
inline double expected_ties(const std::vector<double>& sorted, std::size_t begin, std::size_t end, double spacing) {
  constexpr double none = std::numeric_limits<double>::infinity();
  std::size_t low = begin;
  std::size_t high = end;
  const auto others = [&] { return (begin - low) + (high - end); };
  for (double reach = 0;;) {
    const double below = low > 0 ? sorted[begin] - sorted[low - 1] : none;
    const double above = high < sorted.size() ? sorted[high] - sorted[begin] : none;
    const double nearest = std::min(below, above);
    if (nearest == none || (others() >= 2 * (end - begin) && nearest > reach)) break;
    reach = nearest;
    if (below <= above)
      --low;
    else
      ++high;
  }
  if (others() == 0) return 0;
  const double cells = (sorted[high - 1] - sorted[low]) / spacing;
  return static_cast<double>(others()) / std::max(1.0, cells);
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
/// the given share of them, at least three, and more often than four times the density nearby makes likely. Draws in
/// single precision repeat by themselves, near ±1 above all, where a tanh crowds them onto numbers 6·10⁻⁸ apart. How
/// well log π is known of such is another question (log_prob_precision.hpp).
///
/// A count c with the mean λ, that of a Poisson law, is too large where its chance, at most e^{c − λ} (λ/c)^c
/// (Chernoff), is below 10⁻⁹/(A N): one false alarm in 10⁹ datasets, where the density is nowhere four times that of
/// its neighbourhood.
template <class Scalar>
[[nodiscard]] std::optional<Atom> find_atom(const Matrix<Scalar>& actions, double share = 1e-4) {
  const double most = std::max(2.0, share * static_cast<double>(actions.cols()));
  const double unlikely = std::log(1e-9 / static_cast<double>(actions.size()));
  std::vector<double> values(static_cast<std::size_t>(actions.cols()));
  for (Index feature = 0; feature < actions.rows() && !values.empty(); ++feature) {
    for (Index i = 0; i < actions.cols(); ++i)
      values[static_cast<std::size_t>(i)] = static_cast<double>(actions(feature, i));
    std::sort(values.begin(), values.end());
    // Also of doubles, which may have been floats once; generators of floats draw from no finer a grid than this.
    const double spacing =
        std::max(std::abs(values.front()), std::abs(values.back())) * std::numeric_limits<float>::epsilon() / 2;
    for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
      while (end < values.size() && values[end] == values[begin]) ++end;
      const auto count = static_cast<double>(end - begin);
      if (count <= most) continue;
      const double mean = 4 * std::max(detail::expected_ties(values, begin, end, spacing),
                                       detail::others_at_border(values, begin, end));
      if (mean < count && count - mean + count * std::log(mean / count) < unlikely)
        return Atom{feature, values[begin], static_cast<Index>(end - begin)};
    }
  }
  return std::nullopt;
}

/// Throws DataError where continuous actions of the dataset have an atom (`find_atom`), as clipped ones have at the
/// border: their distribution has no density there, and ratios do not exist. Finite actions are fine.
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
/// those of a clipped Gaussian on the border are: the data has no density there, and no weight can stand for them. Asks
/// in at most 10,000 states. Finite actions are fine.
template <class Policy, class Data>
void refuse_atoms(DeployedPolicy<Policy>& policy, const Data& dataset) {
  if constexpr (!FiniteActions<typename Data::Actions>) {
    Generator generator(0, Stream::inspection);
    const Index states = std::min<Index>(10000, dataset.size());
    using Scalar = typename Policy::Scalar;
    const auto& draws = policy.propose(detail::dense_columns<Scalar>(dataset.observations, 0, states), 1, generator);
    if (const auto atom = find_atom(draws.actions, 1e-3))
      throw DataError(message("policy: expected draws from a density, found ", atom->count, " of ", states,
                              " that are exactly ", atom->value, " in feature ", atom->feature,
                              ", as clipped ones are: no logged action can stand for them; use the direct method, or a "
                              "tanh-Gaussian policy"));
  }
}

}  // namespace holdfast
