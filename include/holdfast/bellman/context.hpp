/// \file
/// Defines the data that the parts of a learner share during one update.
#pragma once

#include <cmath>
#include <cstdint>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/gradient_of.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"

namespace holdfast {

/// A state of a transition: s (for the baseline of an advantage) or s′ (for the bootstrap of a backup).
enum class Side { current, next };

/// Throws ConfigError if a part that uses critics has none.
template <class Critics>
void require_critics(const Critics& critics) {
  static_assert(has_critics<Critics>,
                "holdfast: a part of this learner asks critics, which NoCritics<Scalar> are not: give it an Ensemble, "
                "or, as for cloning, only NoValue, NoPenalty and Cloning");
  require(critics.size() > 0, "critics.size", "at least 1 where the critics are asked", critics.size());
}

/// The data of one update, as the learner's parts see it. Valid only during the update.
template <class Policy, class Critics>
struct Context {
  using Scalar = typename Policy::Scalar;
  using BatchType = Batch<Scalar, typename Policy::Actions>;
  using Gradient = gradient_of<Policy>;  ///< the policy's gradient; a flat vector unless it defines another type

  const BatchType& batch;
  const Policy& policy;
  Critics& critics;
  Generator& generator;    ///< the learner's source of noise
  Scalar temperature;      ///< α, set by the policy improvement if it has a temperature, otherwise 0
  std::uint64_t step = 0;  ///< number of this update, from 1

  /// Throws NonFiniteError that names the step and the quantity unless `value` is finite. Call this before anything is
  /// changed with the value.
  void require_finite(Scalar value, const char* quantity) const {
    if (!std::isfinite(value))
      throw NonFiniteError(message("update ", step, ": the ", quantity, " is ", value,
                                   ": the learner diverged, or the data holds values that are not finite"));
  }

  /// Returns the observations of one side of the transitions, O×B.
  [[nodiscard]] const Matrix<Scalar>& observations(Side side) const {
    return side == Side::current ? batch.observations : batch.next_observations;
  }
};

}  // namespace holdfast
