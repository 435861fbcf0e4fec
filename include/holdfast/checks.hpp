/// \file
/// Includes the compile-time checks of all parts, `check_policy<P>()` and its siblings. They are defined next to their
/// concepts.
#pragma once

#include "holdfast/concepts.hpp"
