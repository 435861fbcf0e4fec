/// \file
/// Finds the members that a concept requires, for types that can be made without each of their members.
#pragma once

#include <utility>
#include <vector>

namespace holdfast::testing {

/// Returns the numbers of the missing members, from 0 (none) to `members`, with which the concept still holds according
/// to `satisfied`.
template <int members, class Satisfied>
std::vector<int> satisfying(Satisfied satisfied) {
  std::vector<int> found;
  [&]<int... missing>(std::integer_sequence<int, missing...>) {
    ((satisfied.template operator()<missing>() ? found.push_back(missing) : void()), ...);
  }
  (std::make_integer_sequence<int, members + 1>());
  return found;
}

inline const std::vector<int> only_the_whole{0};

}  // namespace holdfast::testing
