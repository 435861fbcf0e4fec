/// \file
/// AdamStep: the numbers of one step of Adam, as one task of a kernel.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::kernels {

/// One step of Adam over flat parameters:
///
///     m ← β₁ m + weight1 g,  v ← β₂ v + weight2 g²,  θ ← shrink θ − rate m / (√v + ε)
template <class Scalar>
struct AdamStep {
  Scalar* parameters;
  const Scalar* gradient;
  Scalar* first_moment;
  Scalar* second_moment;
  Scalar beta1;
  Scalar weight1;
  Scalar beta2;
  Scalar weight2;
  Scalar shrink;
  Scalar rate;
  Scalar epsilon;
  Scalar* consumed = nullptr;  ///< the gradient again, if it shall be zero afterwards
};

}  // namespace holdfast::kernels
