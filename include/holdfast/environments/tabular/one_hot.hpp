/// \file
/// States of a finite set as observations: all 0 but for a 1 at the state's number.
#pragma once

#include <optional>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// The state whose one-hot vector this is; none if it is not one, to the last bit.
template <class Derived>
[[nodiscard]] std::optional<Index> one_hot_state(const Eigen::MatrixBase<Derived>& observation) {
  std::optional<Index> found;
  for (Index i = 0; i < observation.size(); ++i) {
    const auto value = observation(i);
    if (value == 0) continue;
    if (value != 1 || found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace holdfast
