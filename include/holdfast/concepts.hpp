/// \file
/// The requirements of all parts of the library, as concepts, and their messages.
///
/// No type inherits anything: it satisfies a concept by having the members. `IsPolicy<P>` and its siblings are booleans
/// for constraints and tests; `check_policy<P>()` and its siblings stop the compilation with one readable line for each
/// requirement that is not met. The library calls them at its own boundaries; call them beside your own type to see
/// early what it lacks: `static_assert(holdfast::check_policy<MyPolicy>());`.
#pragma once

#include "holdfast/bellman/concepts.hpp"
#include "holdfast/core/concepts.hpp"
#include "holdfast/data/concepts.hpp"
#include "holdfast/divergences/concepts.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/evaluators/concepts.hpp"
#include "holdfast/improvements/concepts.hpp"
#include "holdfast/learners/concepts.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/penalties/concepts.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/values/concepts.hpp"
