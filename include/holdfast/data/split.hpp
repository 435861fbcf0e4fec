/// \file
/// Splits a dataset by whole episodes into one to learn from and one to validate on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/trajectories.hpp"

namespace holdfast {

/// Two datasets that share no episode.
template <class Data>
struct Split {
  Data training;
  Data validation;
};

/// Holds out about `share`, in (0, 1), of the transitions, as whole episodes drawn at random (trajectories.hpp), at
/// least one of them and not all. The rows of both datasets keep their order. Throws ConfigError if the share is out of
/// range, and DataError if there are fewer than two episodes.
template <class Data>
[[nodiscard]] Split<Data> split_episodes(const Data& dataset, double share, std::uint64_t seed) {
  require(share > 0 && share < 1, "share of a validation", "in (0, 1)", share);
  const Trajectories episodes = trajectories(dataset);
  if (episodes.size() < 2)
    throw DataError(
        message("dataset: expected at least 2 episodes to hold one out for validation, found ", episodes.size()));
  std::vector<Index> order(static_cast<std::size_t>(episodes.size()));
  std::iota(order.begin(), order.end(), Index{0});
  Generator generator(seed, Stream::splitting);
  for (Index i = episodes.size() - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(generator.index(i + 1))]);
  const auto wanted = static_cast<Index>(std::ceil(share * static_cast<double>(dataset.size())));
  Index held_rows = 0;
  auto end = order.begin();
  while (held_rows < wanted && end + 1 != order.end()) held_rows += episodes[*end++].size();
  const auto rows = [&](auto from, auto to) {
    std::sort(from, to);
    return dataset.select(episodes.rows({from, to}));
  };
  return {rows(end, order.end()), rows(order.begin(), end)};
}

}  // namespace holdfast
