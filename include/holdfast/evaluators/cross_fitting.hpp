/// \file
/// Cross-fitting: a fit is never used on the trajectories that it was made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"

namespace holdfast {

/// Returns the fold, in [0, K), of each of n trajectories: a random split into K folds whose sizes differ by at most
/// one. Throws ConfigError unless 1 ≤ K ≤ n.
[[nodiscard]] inline std::vector<Index> assign_folds(Index count, Index folds, std::uint64_t seed) {
  require(folds >= 1, "folds", "at least 1", folds);
  require(folds <= count, "folds", "at most the number of trajectories", folds);
  std::vector<Index> fold(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) fold[static_cast<std::size_t>(i)] = i % folds;
  Generator generator(seed, Stream::folds);
  for (Index i = count - 1; i > 0; --i)
    std::swap(fold[static_cast<std::size_t>(i)], fold[static_cast<std::size_t>(generator.index(i + 1))]);
  return fold;
}

/// The positions of one fold's episodes in the whole dataset.
struct Held {
  std::vector<Index> rows;          ///< row numbers of the transitions, ascending
  std::vector<Index> trajectories;  ///< trajectory numbers, ascending
};

/// Calls `use(training, held_out, held)` for each of K folds of whole trajectories (Zheng and van der Laan 2011;
/// Chernozhukov et al., "Double/debiased machine learning", 2018). `held_out` has the Episodes of the fold, `training`
/// those of all other folds, and `held` the positions of `held_out` in the whole dataset. With one fold there is no
/// cross-fitting: both are all episodes. Throws ConfigError like `assign_folds`.
template <class Data, class Use>
void cross_fit(const Episodes<Data>& episodes, Index folds, std::uint64_t seed, Use&& use) {
  const Index count = episodes.trajectories.size();
  const std::vector<Index> fold = assign_folds(count, folds, seed);
  for (Index k = 0; k < folds; ++k) {
    std::vector<Index> inside;
    std::vector<Index> outside;
    for (Index i = 0; i < count; ++i) (fold[static_cast<std::size_t>(i)] == k ? inside : outside).push_back(i);
    const Episodes<Data> held_out = episodes.select(inside);
    const Held held{episodes.trajectories.rows(inside), std::move(inside)};
    if (folds == 1)
      use(held_out, held_out, held);
    else
      use(episodes.select(outside), held_out, held);
  }
}

namespace detail {

/// Throws DataError unless as many numbers were found as `expected`; `what` names them.
inline void check_answer(const char* what, Index expected, Index found) {
  if (found != expected)
    throw DataError(message("cross-fitting: expected ", expected, ' ', what, " of the held-out data, found ", found,
                            "; fit must answer for all of it"));
}

}  // namespace detail

/// Returns the values of Q along episodes as returned by `within_horizon`, each trajectory's from a fit to the other
/// folds. `fit(training, held_out)`, both Episodes, returns the ActionValues of `held_out`. Throws like `cross_fit`,
/// and DataError if their sizes are not those of `held_out`.
template <class Data, class Fit>
[[nodiscard]] ActionValues cross_fitted_values(const Episodes<Data>& episodes, Index folds, std::uint64_t seed,
                                               Fit&& fit) {
  ActionValues all{Row<double>(episodes.size()), Row<double>(episodes.size()),
                   Row<double>(episodes.trajectories.size())};
  cross_fit(episodes, folds, seed, [&](const auto& training, const auto& held_out, const Held& held) {
    const ActionValues own = fit(training, held_out);
    detail::check_answer("values of Q", held_out.size(), own.q.size());
    detail::check_answer("next values", held_out.size(), own.next.size());
    detail::check_answer("initial values", static_cast<Index>(held.trajectories.size()), own.initial.size());
    all.estimand = own.estimand;
    for (std::size_t i = 0; i < held.rows.size(); ++i) {
      all.q(held.rows[i]) = own.q(static_cast<Index>(i));
      all.next(held.rows[i]) = own.next(static_cast<Index>(i));
    }
    for (std::size_t i = 0; i < held.trajectories.size(); ++i)
      all.initial(held.trajectories[i]) = own.initial(static_cast<Index>(i));
  });
  return all;
}

/// Returns one number for each transition, each from a fit to the other folds, 1×N. `fit(training, held_out)`, both
/// Episodes, returns the numbers of `held_out`. Throws like `cross_fit`, and DataError if there are not as many numbers
/// as held-out transitions.
template <class Data, class Fit>
[[nodiscard]] Row<double> cross_fitted_row(const Episodes<Data>& episodes, Index folds, std::uint64_t seed, Fit&& fit) {
  Row<double> all(episodes.size());
  cross_fit(episodes, folds, seed, [&](const auto& training, const auto& held_out, const Held& held) {
    const Row<double> own = fit(training, held_out);
    detail::check_answer("numbers", held_out.size(), own.size());
    for (std::size_t i = 0; i < held.rows.size(); ++i) all(held.rows[i]) = own(static_cast<Index>(i));
  });
  return all;
}

}  // namespace holdfast
