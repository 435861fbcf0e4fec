/// \file
/// The function that a learner over finite actions is made of.
#pragma once

#include <type_traits>

#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// F itself, a ParametricFunction such as a Table; an Mlp where F is a floating-point type, as in `Dqn<double>`.
template <class F>
using FunctionOf = std::conditional_t<std::is_floating_point_v<F>, Mlp<F>, F>;

}  // namespace holdfast
