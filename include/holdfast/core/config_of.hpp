/// \file
/// The configuration that goes with a part, whether or not the part has one.
#pragma once

namespace holdfast {

namespace detail {
struct NoConfig {};
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

/// `T::Config`, or an empty aggregate for a type that needs no configuration.
template <class T>
using config_of = typename detail::ConfigOf<T>::type;

}  // namespace holdfast
