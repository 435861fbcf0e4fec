/// \file
/// The configuration that goes with a part, whether or not it has one, and making the part of it.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The configuration of a part that names none: such a part is made of (NoConfig, Sizes, Generator&).
struct NoConfig {};

namespace detail {
template <class T>
struct ConfigOf {
  using type = NoConfig;
};
template <class T>
requires requires { typename T::Config; }
struct ConfigOf<T> {
  using type = typename T::Config;
};
}  // namespace detail

/// `T::Config`, or NoConfig for a type that needs no configuration.
template <class T>
using config_of = typename detail::ConfigOf<T>::type;

/// A part that can be made of its configuration, the sizes of the data and a generator that its parameters are drawn
/// from.
template <class T>
concept Drawable = requires(const config_of<T>& config, Sizes sizes, Generator& generator) {
  T(config, sizes, generator);
};

}  // namespace holdfast
