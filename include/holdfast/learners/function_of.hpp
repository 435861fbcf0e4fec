/// \file
/// FunctionOf and MlpScalar: the template argument F of the named learners, as in `Sac<F>` and `FiniteSac<F>`.
#pragma once

#include <concepts>
#include <type_traits>

#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// The function that the networks of a named learner compute: Mlp<F> if F is a floating-point type, otherwise F itself.
///
/// F is float by default. It can be another floating-point type, so that `Cql<double>` is `Cql<Mlp<double>>`, or a
/// ParametricFunction, such as Mlp<double> or Table<double>. Over continuous actions only MLPs are accepted; for other
/// networks give the parts to ActorCritic.
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
