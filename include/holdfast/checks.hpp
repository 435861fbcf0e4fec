/// \file
/// The compile-time checks of all parts: `check_policy<P>()` and its siblings, which stand beside their concepts.
#pragma once

#include "holdfast/concepts.hpp"
