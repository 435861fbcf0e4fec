/// \file
/// The type that holds a network's gradient.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

namespace detail {
template <class Network>
struct GradientOf {
  using type = Vector<typename Network::Scalar>;
};
template <class Network>
requires requires { typename Network::Gradient; }
struct GradientOf<Network> {
  using type = typename Network::Gradient;
};
}  // namespace detail

/// `Network::Gradient` where a network names it, because it keeps its parameters elsewhere; else a flat vector, as long
/// as `parameters()`.
template <class Network>
using gradient_of = typename detail::GradientOf<Network>::type;

}  // namespace holdfast
