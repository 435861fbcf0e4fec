/// \file
/// The two copies of every critic.
#pragma once

namespace holdfast {

/// Which copy of a network: the one being trained, or its slowly following target.
enum class Net { online, target };

}  // namespace holdfast
