/// \file
/// Acts with a trained policy: reads observations, one a line, and prints the actions. No learner is compiled in.

#include <cstdio>
#include <iostream>

#include "holdfast/policies/files/policy_file.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: act_only POLICY.h5 < OBSERVATIONS\n");
    return 2;
  }
  try {
    auto policy = holdfast::read_policy(argv[1]);
    holdfast::Vector<double> observation(policy.normalization().size());
    holdfast::Vector<double> action(policy.policy().action_size());
    while (true) {
      for (double& value : observation)
        if (!(std::cin >> value)) return 0;
      policy.act(observation, action);  // allocates nothing
      std::cout << action.transpose() << std::endl;
    }
  } catch (const holdfast::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
