#include "holdfast/acting.hpp"

#include "holdfast/core/errors.hpp"
#include "holdfast/policies/policy_file.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

void check_sizes(const std::string& what, Sizes found, const AnyEnvironment& environment) {
  if (found.observation == environment.observation_size() && found.action == environment.action_size()) return;
  throw DataError(message(what, ": expected ", environment.observation_size(), " observation and ",
                          environment.action_size(), " action features, as ", environment.name(), " has, found ",
                          found.observation, " and ", found.action, "; choose another with --environment"));
}

DeployedPolicy<AnyPolicy<>> read_fitting_policy(const std::string& file, const AnyEnvironment& environment) {
  auto policy = read_policy<float>(file);
  check_sizes(file, {policy.normalization().size(), policy.policy().action_size()}, environment);
  return policy;
}

}  // namespace tool
