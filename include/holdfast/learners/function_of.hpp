/// \file
/// The one argument that every named learner takes, `Sac<F>` as `FiniteSac<F>`: the function its networks are.
///
/// F is a floating-point type, float unless said, and the networks are MLPs of that precision; or it is a
/// ParametricFunction, such as Mlp<double> or Table<double>. `Cql<double>` is `Cql<Mlp<double>>`. Over continuous
/// actions networks are MLPs, and another F is refused; a learner of other networks names its parts to ActorCritic.
#pragma once

#include <concepts>
#include <type_traits>

#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// F itself, a ParametricFunction such as a Table; an Mlp where F is a floating-point type, as in `Dqn<double>`.
template <class F>
using FunctionOf = std::conditional_t<std::is_floating_point_v<F>, Mlp<F>, F>;

namespace detail {

template <class Function>
struct ContinuousFunction {
  using Scalar = typename Function::Scalar;
  static_assert(std::same_as<Function, Mlp<Scalar>>,
                "holdfast: over continuous actions the networks of named learners are MLPs: give their floating-point "
                "type, as in Sac<double>, or other networks to ActorCritic");
};

}  // namespace detail

/// The Scalar of F, for a learner over continuous actions.
template <class F>
using MlpScalar = typename detail::ContinuousFunction<FunctionOf<F>>::Scalar;

}  // namespace holdfast
