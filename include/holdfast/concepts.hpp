/// \file
/// Includes the concepts of all parts of the library and their error messages.
///
/// A type satisfies a concept by having the required members; it inherits from nothing. `IsPolicy<P>` and its siblings
/// are booleans for constraints and tests. `check_policy<P>()` and its siblings stop compilation with one readable
/// message for each requirement that is not met. The library calls them where it receives a user's type. Call them next
/// to your own type to see early what is missing: `static_assert(holdfast::check_policy<MyPolicy>());`.
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
