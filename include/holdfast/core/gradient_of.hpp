/// \file
/// Provides gradient_of<Network>, the type that holds a network's gradient.
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

/// `Network::Gradient` if the network defines it, because it does not store its parameters in one vector; otherwise a
/// flat vector with the length of `parameters()`.
template <class Network>
using gradient_of = typename detail::GradientOf<Network>::type;

}  // namespace holdfast
