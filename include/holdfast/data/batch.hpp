/// \file
/// The batch a learner is updated with.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// B transitions, one column each. Filled by a Dataset's `gather`; allocated once and used again.
///
/// `continuation` is γ (1 − terminal), ready for the backup y = r + γ (1 − d) V(s′): the discount belongs to the
/// learner, and a time-out never stops the bootstrap.
template <class ScalarType, class ActionsType = Matrix<ScalarType>>
struct Batch {
  using Scalar = ScalarType;
  using Actions = ActionsType;

  Matrix<Scalar> observations;       ///< O×B
  Actions actions;                   ///< A×B; of a finite set 1×B, in [0, A)
  Row<Scalar> rewards;               ///< 1×B
  Row<Scalar> continuation;          ///< 1×B, γ (1 − terminal)
  Matrix<Scalar> next_observations;  ///< O×B
  Row<Scalar> returns_to_go;         ///< 1×B, where the dataset has them
  Actions next_actions;              ///< A×B, the data's own at the next observations, where the dataset has them

  /// B, the number of transitions.
  [[nodiscard]] Index size() const { return observations.cols(); }
};

}  // namespace holdfast
