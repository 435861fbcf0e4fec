/// \file
/// Provides tables of types that are chosen by name, such as algorithms and estimators.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"

namespace holdfast {

/// A list of types, each with a static constexpr `row` of type RowType that describes it and has a `name`.
/// `RowType::kind` is the word for an entry in error messages, such as "algorithm".
template <class RowType, class... Entries>
struct RowTable {
  static constexpr std::array<RowType, sizeof...(Entries)> rows{Entries::row...};
  static constexpr std::array<std::string_view, sizeof...(Entries)> names{Entries::row.name...};

  /// Calls `visit.template operator()<Entry>()` for every entry, in order.
  template <class Visit>
  static void for_each(Visit&& visit) {
    (visit.template operator()<Entries>(), ...);
  }

  /// Calls `visit.template operator()<Entry>()` for the first entry with that name. Throws ConfigError as `find` does.
  template <class Visit>
  static void with(std::string_view name, Visit&& visit) {
    (void)find(name);
    (void)((name == Entries::row.name && (visit.template operator()<Entries>(), true)) || ...);
  }

  /// Returns the first row with that name. If there is none, throws ConfigError that lists the known names and suggests
  /// similar ones.
  [[nodiscard]] static const RowType& find(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return rows[static_cast<std::size_t>(found - names.begin())];
    throw ConfigError(message(RowType::kind, ' ', must_be_one_of(names, name)));
  }
};

}  // namespace holdfast
