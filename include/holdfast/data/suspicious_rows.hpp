/// \file
/// Finds rows of a dataset that look wrong: copies of other rows, jumps inside an episode, rows that were never
/// written.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast::detail {

/// Returns whether all observations are whole numbers, such as positions on a grid or state numbers.
template <class Scalar, class Actions>
bool has_whole_states(const Transitions<Scalar, Actions>& data) {
  return (data.observations.array() == data.observations.array().round()).all();
}

/// A hash of a transition, and its row.
using HashedRow = std::pair<std::uint64_t, Index>;

/// Updates `hash` (FNV-1a, by eight bytes at a time) by the bits of `count` numbers.
template <class Number>
void hash_numbers(const Number* numbers, Index count, std::uint64_t& hash) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  const auto add = [&hash](std::uint64_t bits) {
    hash = (hash ^ bits) * 0x100000001b3U;
    hash ^= hash >> 32U;
  };
  const auto* bytes = reinterpret_cast<const unsigned char*>(numbers);
  std::size_t left = static_cast<std::size_t>(count) * sizeof(Number);
  std::uint64_t bits = 0;
  for (; left >= word; left -= word, bytes += word) {
    std::memcpy(&bits, bytes, word);
    add(bits);
  }
  if (left == 0) return;
  bits = 0;
  std::memcpy(&bits, bytes, left);
  add(bits);
}

/// Removes most of the rows whose hash no other row has, and none of the others. This takes much less time than sorting
/// them.
inline void remove_unique(std::vector<HashedRow>& rows) {
  const std::size_t slots = std::bit_ceil(16 * std::max<std::size_t>(1, rows.size()));
  std::vector<bool> used(slots);
  std::vector<bool> shared(slots);
  for (const auto& [hash, row] : rows) {
    const std::size_t slot = hash % slots;
    if (used[slot]) shared[slot] = true;
    used[slot] = true;
  }
  std::erase_if(rows, [&](const HashedRow& each) { return !shared[each.first % slots]; });
}

/// Counts copies of earlier transitions: bit-identical in observation, action, reward and next observation. Returns 0
/// if all observations are whole numbers, and skips transitions that stay in the same state, because both repeat
/// naturally. With `features`, to stay means to move by no more than a millionth of each feature's deviation, as where
/// a controller without noise has reached its goal.
template <class Scalar, class Actions>
Index count_duplicates(const Transitions<Scalar, Actions>& data, const std::vector<FeatureSummary>& features = {}) {
  if (has_whole_states(data)) return 0;
  Vector<Scalar> still = Vector<Scalar>::Zero(data.observation_size());
  for (std::size_t i = 0; i < features.size(); ++i)
    still(static_cast<Index>(i)) = static_cast<Scalar>(1e-6 * features[i].deviation);
  std::vector<HashedRow> hashed;
  hashed.reserve(static_cast<std::size_t>(data.size()));
  for (Index row = 0; row < data.size(); ++row) {
    const auto moved = (data.next_observations.col(row) - data.observations.col(row)).cwiseAbs();
    if ((moved.array() <= still.array()).all()) continue;
    std::uint64_t hash = 0xcbf29ce484222325U;
    hash_numbers(data.observations.col(row).data(), data.observations.rows(), hash);
    hash_numbers(data.actions.col(row).data(), data.actions.rows(), hash);
    hash_numbers(data.next_observations.col(row).data(), data.next_observations.rows(), hash);
    hash_numbers(&data.rewards(row), 1, hash);
    hashed.emplace_back(hash, row);
  }
  remove_unique(hashed);
  std::sort(hashed.begin(), hashed.end());
  const auto equal = [&](Index a, Index b) {
    return data.observations.col(a) == data.observations.col(b) && data.actions.col(a) == data.actions.col(b) &&
           data.rewards(a) == data.rewards(b) && data.next_observations.col(a) == data.next_observations.col(b);
  };
  Index copies = 0;
  for (std::size_t i = 1; i < hashed.size(); ++i)
    copies += hashed[i].first == hashed[i - 1].first && equal(hashed[i].second, hashed[i - 1].second);
  return copies;
}

/// Counts the rows at the end of a dataset that are zero in every column and carry no flag, as in a file that was
/// allocated but not filled completely. Returns 0 if there are fewer than ten, or if such rows also occur earlier,
/// because then they may be real.
template <class Scalar, class Actions>
Index count_unwritten(const Transitions<Scalar, Actions>& data) {
  constexpr Index fewest = 10;
  const auto is_zero = [&](Index row) {
    return !data.terminals(row) && !data.timeouts(row) && data.rewards(row) == 0 &&
           (data.observations.col(row).array() == 0).all() && (data.next_observations.col(row).array() == 0).all() &&
           (data.actions.col(row).array() == 0).all();
  };
  Index end = data.size();
  while (end > 0 && is_zero(end - 1)) --end;
  if (data.size() - end < fewest) return 0;
  for (Index row = 0; row < end; ++row)
    if (is_zero(row)) return 0;
  return data.size() - end;
}

/// Transitions inside an episode with an unusually large step.
struct Jumps {
  Index count = 0;
  Index first = 0;  ///< row of the first jump
};

/// Sorts the numbers of each row. All rows are sorted side by side, by Batcher's merge exchange (Knuth, "The Art of
/// Computer Programming", 5.2.2, Algorithm M), whose comparisons do not depend on the numbers.
template <int rows>
void sort_rows(Eigen::Array<double, rows, Eigen::Dynamic>& numbers) {
  const auto size = static_cast<std::size_t>(numbers.cols());
  const std::size_t widest = std::bit_ceil(size) / 2;
  for (std::size_t stage = widest; stage > 0; stage /= 2) {
    std::size_t distance = stage;
    std::size_t remainder = 0;
    for (std::size_t q = widest; q >= stage; q /= 2) {
      for (std::size_t i = 0; i + distance < size; ++i) {
        if ((i & stage) != remainder) continue;
        auto lower = numbers.col(static_cast<Index>(i));
        auto higher = numbers.col(static_cast<Index>(i + distance));
        const Eigen::Array<double, rows, 1> lowest = lower.min(higher);
        higher = lower.max(higher);
        lower = lowest;
      }
      distance = q - stage;
      remainder = stage;
    }
  }
}

/// Returns the step of each transition, 1×N: the median of |s′ − s| / deviation over the features that vary (the upper
/// median of an even number). The median ignores a jump in one feature, such as an angle that wraps around. All steps
/// are 0 if fewer than three features vary or if all observations are whole numbers, because large steps mean nothing
/// there.
template <class Scalar, class Actions>
Row<double> median_steps(const Transitions<Scalar, Actions>& data, const std::vector<FeatureSummary>& features) {
  constexpr int together = 32;
  std::vector<Index> varying;
  for (Index i = 0; i < data.observation_size(); ++i)
    if (features[static_cast<std::size_t>(i)].lowest < features[static_cast<std::size_t>(i)].highest)
      varying.push_back(i);
  Row<double> steps = Row<double>::Zero(data.size());
  if (varying.size() < 3 || has_whole_states(data)) return steps;
  const auto count = static_cast<Index>(varying.size());
  Eigen::Array<double, together, Eigen::Dynamic> changes(together, count);
  changes.setZero();
  for (Index first = 0; first < data.size(); first += together) {
    const Index size = std::min<Index>(together, data.size() - first);
    for (Index i = 0; i < count; ++i) {
      const Index feature = varying[static_cast<std::size_t>(i)];
      const double deviation = features[static_cast<std::size_t>(feature)].deviation;
      for (Index row = 0; row < size; ++row) {
        const auto change = static_cast<double>(data.next_observations(feature, first + row)) -
                            static_cast<double>(data.observations(feature, first + row));
        changes(row, i) = std::abs(change) / deviation;
      }
    }
    sort_rows(changes);
    steps.segment(first, size) = changes.col(count / 2).head(size).transpose();
  }
  return steps;
}

/// Finds transitions that lead from one episode into the next. Their step is above 0.25 (random states are about 1
/// apart), above ten times the median step, and above five times the steps before and after it. The last condition
/// excludes a process that is disturbed and settles again: it has several large steps in a row.
template <class Scalar, class Actions>
Jumps find_jumps(const Transitions<Scalar, Actions>& data, const std::vector<FeatureSummary>& features) {
  const Row<double> steps = median_steps(data, features);
  const auto ends = [&](Index row) { return data.terminals(row) || data.timeouts(row); };
  std::vector<double> inside;
  inside.reserve(static_cast<std::size_t>(data.size()));
  for (Index row = 0; row < data.size(); ++row)
    if (!ends(row)) inside.push_back(steps(row));
  if (inside.empty()) return {};
  const auto middle = inside.begin() + static_cast<std::ptrdiff_t>(inside.size() / 2);
  std::nth_element(inside.begin(), middle, inside.end());
  const double threshold = std::max(0.25, 10 * *middle);
  Jumps jumps;
  for (Index row = 1; row + 1 < data.size(); ++row) {
    if (ends(row - 1) || ends(row) || steps(row) <= threshold) continue;
    if (steps(row) > 5 * std::max(steps(row - 1), steps(row + 1)) && jumps.count++ == 0) jumps.first = row;
  }
  return jumps;
}

}  // namespace holdfast::detail
