/// \file
/// Critics whose number is 0 only at run time; NoCritics have none by their type.
#pragma once

#include "holdfast/bellman/composition.hpp"
#include "holdfast/networks/no_critics.hpp"

namespace holdfast::testing {

template <class Scalar, class Actions = Matrix<Scalar>>
struct EmptyCritics : NoCritics<Scalar, Actions> {
  using NoCritics<Scalar, Actions>::NoCritics;
  [[nodiscard]] Index size() const { return 0; }
};

static_assert(has_critics<EmptyCritics<double>> && !has_critics<NoCritics<double>>);

}  // namespace holdfast::testing
