/// \file
/// ChainEnvironment: the default chain as an environment.
#pragma once

#include "holdfast/environments/tabular/chain.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"

namespace holdfast {

/// The default `chain_mdp` as an environment of 100 steps: ten states, and a reward of 1 at the end.
class ChainEnvironment : public TabularEnvironment {
 public:
  ChainEnvironment() : TabularEnvironment(chain_mdp(), name()) {}

  [[nodiscard]] static constexpr const char* name() { return "chain"; }

  /// Returns exact values. `random` is the probability that a random walk reaches the end within the time limit.
  [[nodiscard]] static constexpr References references() { return {0.5878587625, 1}; }

  /// Goes on in every state.
  static bool scripted(const Vector<double>&, Index& action) {
    action = 0;
    return true;
  }
};

}  // namespace holdfast
