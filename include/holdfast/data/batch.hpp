/// \file
/// Defines the batch of transitions that a learner is updated with.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// A batch of B transitions, one column each. A dataset's `gather` fills it; it is allocated once and then reused.
///
/// `continuation` is γ (1 − terminal), as used in the backup y = r + γ (1 − d) V(s′). The discount belongs to the
/// learner, so the dataset does not store it. A timeout never stops bootstrapping.
template <class ScalarType, class ActionsType = Matrix<ScalarType>>
struct Batch {
  using Scalar = ScalarType;
  using Actions = ActionsType;

  Matrix<Scalar> observations;       ///< O×B
  Actions actions;                   ///< A×B; for a finite action set 1×B, in [0, A)
  Row<Scalar> rewards;               ///< 1×B
  Row<Scalar> continuation;          ///< 1×B, γ (1 − terminal)
  Matrix<Scalar> next_observations;  ///< O×B
  Row<Scalar> returns_to_go;         ///< 1×B; empty if the dataset has none
  Actions next_actions;              ///< A×B, recorded at the next observations; empty if the dataset has none

  /// Returns B, the number of transitions.
  [[nodiscard]] Index size() const { return observations.cols(); }
};

}  // namespace holdfast
