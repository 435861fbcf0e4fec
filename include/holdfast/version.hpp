/// \file
/// Defines the version of the library. This is the only place that states it; CMake reads it from here.
#pragma once

#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 1
#define HOLDFAST_VERSION_PATCH 0

namespace holdfast {

/// The version as text, "major.minor.patch".
inline constexpr char version[] = "0.1.0";

}  // namespace holdfast
