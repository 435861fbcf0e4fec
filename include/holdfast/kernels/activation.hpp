/// \file
/// Passes that apply a smooth activation function, and its derivative, to many numbers. They run in the calling thread:
/// threads call them for the columns that each has in its cache.
#pragma once

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/kernels/curve.hpp"
#include "holdfast/kernels/instruction_sets.hpp"

namespace holdfast::kernels {

/// Sets out_i = φ(in_i) for `count` numbers. `out` may be `in`. The result does not depend on a number's position.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void activate(Curve curve, const Scalar* in, Scalar* out, Index count) {
  with_instructions(product_instructions(), [&](auto kernels) { kernels.activate(curve, in, out, count); });
}

/// Sets adjoint_i ← adjoint_i φ′(in_i) for `count` numbers.
template <class Scalar>
HOLDFAST_OUT_OF_LINE void multiply_by_slope(Curve curve, const Scalar* in, Scalar* adjoint, Index count) {
  with_instructions(product_instructions(),
                    [&](auto kernels) { kernels.multiply_by_slope(curve, in, adjoint, count); });
}

}  // namespace holdfast::kernels

namespace holdfast {

#ifdef HOLDFAST_EXTERN
extern template void kernels::activate<float>(kernels::Curve, const float*, float*, Index);
extern template void kernels::activate<double>(kernels::Curve, const double*, double*, Index);
extern template void kernels::multiply_by_slope<float>(kernels::Curve, const float*, float*, Index);
extern template void kernels::multiply_by_slope<double>(kernels::Curve, const double*, double*, Index);
#endif

}  // namespace holdfast
