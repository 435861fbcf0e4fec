/// \file
/// The estimators that the library has, by name.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"

namespace holdfast {

/// One of the library's estimators.
struct EstimatorInfo {
  std::string_view name;
  std::string_view summary;
  bool needs_q = false;        ///< it asks a Q along the log
  bool needs_weights = false;  ///< it asks the behaviour's probabilities
  bool rests_on_q = false;     ///< it is as wrong as Q is, which its standard error does not know

  /// Whether it weighs a step by all that came before, and not, as mis does, by itself.
  [[nodiscard]] constexpr bool weighs_trajectories() const { return needs_weights && name != "mis"; }
  /// Whether it asks a Q where trajectories were, or were not, cut without a horizon: after those it goes on by Q.
  [[nodiscard]] constexpr bool asks_q(bool cut) const { return needs_q || (cut && weighs_trajectories()); }
};

/// Every estimator of `estimate`, by name.
inline constexpr std::array<EstimatorInfo, 9> estimators = {{
    {"dm", "direct method: E_π[Q(s_0, a)]", true, false, true},
    {"is", "importance sampling of whole trajectories", false, true},
    {"wis", "is, self-normalised", false, true},
    {"pdis", "per-decision importance sampling", false, true},
    {"wpdis", "pdis, self-normalised at each step", false, true},
    {"dr", "doubly robust: pdis of what Q did not foresee", true, true},
    {"wdr", "dr, self-normalised at each step", true, true},
    {"magic", "blend of dm and wdr, chosen from the data", true, true, true},
    {"mis", "marginalised importance sampling, tabular over one-hot states and else linear", false, true},
}};

/// The estimator of that name. Throws ConfigError, listing all, where there is none.
[[nodiscard]] inline const EstimatorInfo& find_estimator(std::string_view name) {
  std::vector<std::string> names;
  for (const EstimatorInfo& each : estimators) {
    if (each.name == name) return each;
    names.emplace_back(each.name);
  }
  throw ConfigError("estimator " + must_be_one_of(names, name));
}

}  // namespace holdfast
