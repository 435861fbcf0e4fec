/// \file
/// Builds error messages for unknown names, with the known names that were probably meant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"

namespace holdfast {

/// Returns whether `names`, any range of texts, contains the name.
template <class Names>
[[nodiscard]] constexpr bool is_among(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Returns "a, b, c" for `names`, any range of texts.
template <class Names>
[[nodiscard]] std::string comma_separated(const Names& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Returns "a, b and c" for the given names; "" if there are none.
[[nodiscard]] inline std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text.append(i == 0 ? "" : i + 1 < names.size() ? ", " : " and ").append(names[i]);
  return text;
}

/// Returns the smallest number of characters to insert, delete or replace to turn one text into the other (Levenshtein
/// distance).
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

namespace detail {

/// Returns the names in `known` with the smallest distance(name), if that is at most `limit`; otherwise nothing.
template <class Names, class Distance>
std::vector<std::string_view> closest(const Names& known, std::size_t limit, Distance&& distance) {
  std::vector<std::string_view> best;
  for (const std::string_view path : known) {
    const std::size_t found = distance(path);
    if (found > limit) continue;
    if (found < limit) best.clear();
    limit = found;
    best.push_back(path);
  }
  return best;
}

}  // namespace detail

/// Returns `; did you mean "a.b" or "c.b"?` for a name that is not in `known`, any range of plain names or dotted
/// paths. Suggests the names with the smallest edit distance; if none is close enough, those whose last component is
/// closest. Returns an empty text if no name is close or more than four are equally close. A name that shares no
/// character is never suggested.
template <class Names>
[[nodiscard]] std::string did_you_mean(std::string_view name, const Names& known) {
  if (name.empty()) return "";
  const auto last = [](std::string_view path) { return path.substr(path.rfind('.') + 1); };
  auto best = detail::closest(known, std::min(std::max<std::size_t>(2, name.size() / 4), name.size() - 1),
                              [&](std::string_view path) { return edit_distance(name, path); });
  if (best.empty())
    best = detail::closest(known, last(name).size() / 3,
                           [&](std::string_view path) { return edit_distance(last(name), last(path)); });
  if (best.empty() || best.size() > 4) return "";
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < best.size(); ++i) {
    text += i == 0 ? "\"" : i + 1 == best.size() ? " or \"" : ", \"";
    text.append(best[i]).append("\"");
  }
  return text + "?";
}

/// Returns `must be one of a, b, c, but is "d"` followed by similar names, for errors about a value from a short list
/// of names.
template <class Names>
[[nodiscard]] std::string must_be_one_of(const Names& known, std::string_view name) {
  return message("must be one of ", comma_separated(known), ", but is \"", name, '"', did_you_mean(name, known));
}

/// Returns `there is no field "d"` followed by similar names, for errors where the known names are too many to list.
/// `what` may be empty.
template <class Names>
[[nodiscard]] std::string there_is_no(std::string_view what, std::string_view name, const Names& known) {
  return message("there is no ", what, what.empty() ? "\"" : " \"", name, '"', did_you_mean(name, known));
}

}  // namespace holdfast
