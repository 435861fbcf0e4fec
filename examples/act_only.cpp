/// \file
/// Acts with a trained policy: reads observations, one a line, and prints the actions. No learner is compiled in.

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

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
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream numbers(line);
      for (double& value : observation)
        if (!(numbers >> value)) throw holdfast::DataError("expected an observation, found \"" + line + "\"");
      policy.act(observation, action);  // allocates nothing
      std::cout << action.transpose() << std::endl;
    }
  } catch (const holdfast::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
