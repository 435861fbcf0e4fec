/// \file
/// A small random process, with a behavior policy and an evaluated policy.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"
#include "support/tabular_log.hpp"

namespace holdfast::testing {

/// A process with four states and two actions that ends with probability 1/10 at each step; policies are 2×4.
struct World {
  TabularMdp mdp;
  Matrix<double> behavior;
  Matrix<double> target;
};

/// Returns the process of a fixed seed. `spread` is how far the evaluated policy is from the uniform one.
[[nodiscard]] inline World world(double spread = 0.7) {
  Generator generator(11);
  World made{random_mdp({.states = 4, .actions = 2, .branching = 2, .termination = 0.1, .rewards = RewardLaw::uniform},
                        generator),
             {},
             {}};
  made.behavior = random_policy({4, 2}, 0.3, generator);
  made.target = random_policy({4, 2}, spread, generator);
  return made;
}

}  // namespace holdfast::testing
