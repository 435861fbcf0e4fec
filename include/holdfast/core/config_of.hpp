/// \file
/// Provides config_of<T>, which is T::Config or an empty struct, and Drawable<T>, which holds if T can be built from
/// it.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The configuration of a part that has no `Config`. Such a part is built from (NoConfig, Sizes, Generator&).
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

/// A part that can be built from its configuration, the sizes of the data and a generator that draws its initial
/// parameters.
template <class T>
concept Drawable = requires(const config_of<T>& config, Sizes sizes, Generator& generator) {
  T(config, sizes, generator);
};

}  // namespace holdfast
