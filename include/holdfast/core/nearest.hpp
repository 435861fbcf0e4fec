/// \file
/// What the user probably meant: the known name closest to a misspelt one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// The least number of characters to insert, delete or replace to turn one text into the other (Levenshtein).
[[nodiscard]] inline std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : from) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (letter == to[j] ? 0 : 1);
      const std::size_t best = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      diagonal = std::exchange(row[j + 1], best);
    }
  }
  return row.back();
}

/// The candidate closest to `name`, the first of equals; empty if there are none. `candidates` is any range of texts.
template <class Candidates>
[[nodiscard]] std::string nearest(std::string_view name, const Candidates& candidates) {
  const auto best = std::min_element(std::begin(candidates), std::end(candidates), [&](const auto& a, const auto& b) {
    return edit_distance(name, a) < edit_distance(name, b);
  });
  return best == std::end(candidates) ? std::string() : std::string(*best);
}

}  // namespace holdfast
