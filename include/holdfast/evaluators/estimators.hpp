/// \file
/// The table of estimators: their names, what each needs, and how each makes its estimate.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/row_table.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/evaluators/concepts.hpp"
#include "holdfast/evaluators/estimator_row.hpp"
#include "holdfast/evaluators/evidence.hpp"
#include "holdfast/evaluators/magic.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"

namespace holdfast {

/// The rows of the library's table. Each is an Estimator.
namespace estimators {

struct Dm {
  static constexpr EstimatorRow row{
      .name = "dm", .summary = "direct method: E_π[Q(s_0, a)]", .needs_q = true, .rests_on_q = true};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, *evidence.q, Weighting::ordinary,
            Row<double>::Zero(evidence.weights.longest())};
  }
};

struct Is {
  static constexpr EstimatorRow row{.name = "is",
                                    .summary = "importance sampling of whole trajectories",
                                    .weighs = Weighs::trajectories,
                                    .bounded = true};
  template <class Data>
  static TrajectorywiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::ordinary};
  }
};

struct Wis {
  static constexpr EstimatorRow row{.name = "wis", .summary = "is, self-normalized", .weighs = Weighs::trajectories};
  template <class Data>
  static TrajectorywiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::self_normalized};
  }
};

struct Pdis {
  static constexpr EstimatorRow row{
      .name = "pdis", .summary = "per-decision importance sampling", .weighs = Weighs::trajectories, .bounded = true};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::ordinary};
  }
};

struct Wpdis {
  static constexpr EstimatorRow row{
      .name = "wpdis", .summary = "pdis, self-normalized at each step", .weighs = Weighs::trajectories};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::self_normalized};
  }
};

struct Dr {
  static constexpr EstimatorRow row{.name = "dr",
                                    .summary = "doubly robust: pdis of what Q did not foresee",
                                    .needs_q = true,
                                    .weighs = Weighs::trajectories};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, *evidence.q, Weighting::ordinary};
  }
};

struct Wdr {
  static constexpr EstimatorRow row{
      .name = "wdr", .summary = "dr, self-normalized at each step", .needs_q = true, .weighs = Weighs::trajectories};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.log, evidence.weights, *evidence.q, Weighting::self_normalized};
  }
};

struct Magic {
  static constexpr EstimatorRow row{.name = "magic",
                                    .summary = "blend of dm and wdr, chosen from the data",
                                    .needs_q = true,
                                    .rests_on_q = true,
                                    .weighs = Weighs::trajectories};
  template <class Data>
  static StepwiseEvaluator evaluator(const Evidence<Data>& evidence) {
    const StepwiseEvaluator weighted = Wdr::evaluator(evidence);
    return {evidence.log, evidence.weights, *evidence.q, Weighting::self_normalized,
            std::isfinite(weighted.value()) ? magic_fade(weighted, {.seed = evidence.options.seed})
                                            : Row<double>::Zero(weighted.longest())};
  }
};

struct Mis {
  static constexpr EstimatorRow row{
      .name = "mis",
      .summary = "marginalized importance sampling, tabular over one-hot states and else linear",
      .weighs = Weighs::steps,
      .needs_successors = true,
      .by_default = false};
  /// Renormalizes over one-hot states, whose probabilities must sum to 1: this makes the estimate much more accurate.
  template <class Data>
  static MarginalizedEvaluator evaluator(const Evidence<Data>& evidence) {
    return {evidence.dataset, evidence.log, is_one_hot(evidence.dataset.observations)};
  }
};

}  // namespace estimators

namespace detail {

/// Returns whether all names are different.
template <std::size_t count>
consteval bool distinct(const std::array<std::string_view, count>& names) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

}  // namespace detail

/// A list of estimators with different names.
template <class... Entries>
struct EstimatorTable : RowTable<EstimatorRow, Entries...> {
  using RowTable<EstimatorRow, Entries...>::names;
  using RowTable<EstimatorRow, Entries...>::rows;

  /// This table with more estimators.
  template <class... More>
  using With = EstimatorTable<Entries..., More...>;

  /// Returns the names of the rows for which `such(row)` is true, in order.
  template <class Such>
  [[nodiscard]] static std::vector<std::string> names_of(Such&& such) {
    std::vector<std::string> found;
    for (const EstimatorRow& each : rows)
      if (such(each)) found.emplace_back(each.name);
    return found;
  }

  static_assert(detail::distinct(names), "holdfast: two estimators of a table have the same name");
};

/// The estimators of this library. `Estimators::With<MyEstimator>` adds one of your own.
using Estimators = EstimatorTable<estimators::Dm, estimators::Is, estimators::Wis, estimators::Pdis, estimators::Wpdis,
                                  estimators::Dr, estimators::Wdr, estimators::Magic, estimators::Mis>;

}  // namespace holdfast
