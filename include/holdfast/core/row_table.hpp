/// \file
/// Tables of types that are chosen by name: algorithms, estimators.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"

namespace holdfast {

/// A list of types, each with a static constexpr `row` that describes it: a RowType with a `name`. `RowType::kind` is
/// what errors call one of them, "algorithm".
template <class RowType, class... Entries>
struct RowTable {
  static constexpr std::array<RowType, sizeof...(Entries)> rows{Entries::row...};
  static constexpr std::array<std::string_view, sizeof...(Entries)> names{Entries::row.name...};

  /// Calls visit.template operator()<Entry>() for every entry, in order.
  template <class Visit>
  static void for_each(Visit&& visit) {
    (visit.template operator()<Entries>(), ...);
  }

  /// Calls visit.template operator()<Entry>() for the first entry of that name. Throws as `find`.
  template <class Visit>
  static void with(std::string_view name, Visit&& visit) {
    (void)find(name);
    (void)((name == Entries::row.name && (visit.template operator()<Entries>(), true)) || ...);
  }

  /// The first row of that name. Throws ConfigError listing the names, and one that is near, if there is none.
  [[nodiscard]] static const RowType& find(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return rows[static_cast<std::size_t>(found - names.begin())];
    throw ConfigError(message(RowType::kind, ' ', must_be_one_of(names, name)));
  }
};

}  // namespace holdfast
