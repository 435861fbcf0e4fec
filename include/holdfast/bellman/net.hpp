/// \file
/// Names the two copies of every critic.
#pragma once

namespace holdfast {

/// A copy of a network: the online network, which is trained, or the target network, which follows it slowly.
enum class Net { online, target };

}  // namespace holdfast
