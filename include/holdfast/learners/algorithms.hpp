/// \file
/// Algorithms: the table of algorithms as data, for programs, tests and the README's table.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/row_table.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/learners/continuous_algorithms.hpp"
#include "holdfast/learners/finite_algorithms.hpp"

namespace holdfast {

/// A list of rows.
template <class... Entries>
struct AlgorithmTable : RowTable<AlgorithmRow, Entries...> {
  /// The table with more rows.
  template <class... More>
  using With = AlgorithmTable<Entries..., More...>;
};

namespace detail {

using ContinuousAlgorithms =
    AlgorithmTable<algorithms::BcRow, algorithms::PercentileBcRow, algorithms::DdpgRow, algorithms::Td3Row,
                   algorithms::SacRow, algorithms::SacNoEntropyRow, algorithms::SacNRow, algorithms::EdacRow,
                   algorithms::Td3BcRow, algorithms::RebracRow, algorithms::BearRow, algorithms::BracRow,
                   algorithms::AwacRow, algorithms::CqlRow, algorithms::CqlEntropyRow, algorithms::CqlMaximumRow,
                   algorithms::CalQlRow, algorithms::IqlRow, algorithms::DiffusionBcRow, algorithms::FlowBcRow,
                   algorithms::IdqlRow, algorithms::IfqlRow, algorithms::IqlDiffusionRow, algorithms::DiffusionQlRow,
                   algorithms::FqlRow>;
using FiniteAlgorithms =
    AlgorithmTable<finite_algorithms::BcRow, finite_algorithms::DqnRow, finite_algorithms::SacRow,
                   finite_algorithms::BearRow, finite_algorithms::BracRow, finite_algorithms::AwacRow,
                   finite_algorithms::CqlRow, finite_algorithms::IqlRow>;

}  // namespace detail

/// The algorithms of the library for an action type: continuous actions, or finite ones with
/// `Algorithms<ActionIndices>`. For finite actions expectations are exact. `Algorithms<>::With<MyRow>` adds a row of
/// your own.
template <class Actions = Matrix<float>>
using Algorithms = std::conditional_t<FiniteActions<Actions>, detail::FiniteAlgorithms, detail::ContinuousAlgorithms>;

/// Returns the table in Markdown, as in the README.
template <class Table = Algorithms<>>
[[nodiscard]] std::string markdown_table() {
  const auto cell = [](std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped.append(c == '|' ? "\\" : "").push_back(c);
    return escaped + " | ";
  };
  std::string text =
      "| name | type | value rule V(s) | critic penalty | policy improvement | paper |\n|---|---|---|---|---|---|\n";
  for (const AlgorithmRow& row : Table::rows)
    text += message("| `", row.name, "` | `", row.type, "` | ", cell(row.value), cell(row.penalty),
                    cell(row.improvement), row.paper, " |\n");
  return text;
}

}  // namespace holdfast
