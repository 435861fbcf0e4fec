/// \file
/// The chain to act in, by name.
#pragma once

#include "holdfast/environments/tabular/chain.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"

namespace holdfast {

/// `chain_mdp` with its default parameters, ten states and a reward of 1 at the end, as an environment of 100 steps.
class ChainEnvironment : public TabularEnvironment {
 public:
  ChainEnvironment() : TabularEnvironment(chain_mdp(), name()) {}

  [[nodiscard]] static constexpr const char* name() { return "chain"; }

  /// Both exact: `random` is the chance that a random walk is through in time.
  [[nodiscard]] static constexpr References references() { return {0.5878587625, 1}; }

  /// Goes on.
  static bool scripted(const Vector<double>&, Index& action) {
    action = 0;
    return true;
  }
};

}  // namespace holdfast
