#include "holdfast/acting.hpp"

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/policies/files/policy_file.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

std::vector<std::string> all_environment_names() {
  const auto continuous = environment_names();
  const auto finite = finite_environment_names();
  std::vector<std::string> names(continuous.begin(), continuous.end());
  names.insert(names.end(), finite.begin(), finite.end());
  return names;
}

CLI::Option* add_environment_option(CLI::App& command, std::string& name) {
  return command.add_option("--environment", name, "Where to act")->check(CLI::IsMember(all_environment_names()));
}

bool has_finite_actions_in(std::string_view environment) {
  if (is_among(finite_environment_names(), environment)) return true;
  if (is_among(environment_names(), environment)) return false;
  const std::vector<std::string> names = all_environment_names();
  throw ConfigError(message("environment must be one of ", comma_separated(names), ", but is \"", environment, '"',
                            did_you_mean(environment, names)));
}

void check_sizes(const std::string& what, Sizes found, std::string_view environment, Sizes expected, bool finite) {
  if (found.observation == expected.observation && found.action == expected.action) return;
  throw DataError(message(what, ": expected ", expected.observation,
                          finite ? " observation features and " : " observation and ", expected.action,
                          finite ? " actions" : " action features", ", as ", environment, " has, found ",
                          found.observation, " and ", found.action, "; choose another with --environment"));
}

void check_kind(const std::string& what, bool finite, std::string_view environment, bool expected_finite) {
  if (finite == expected_finite) return;
  const auto name = [](bool of_set) { return of_set ? "actions of a finite set" : "continuous actions"; };
  throw DataError(message(what, ": expected ", name(expected_finite), ", as ", environment, " has, found ",
                          name(finite), "; choose another with --environment"));
}

namespace {

template <class Environment, class Read>
auto read_fitting(const std::string& file, const Environment& environment, Read&& read) {
  check_kind(file, has_finite_policy(file), environment.name(), FiniteEnvironment<Environment>);
  auto policy = read(file);
  check_sizes(file, {policy.normalization().size(), policy.policy().action_size()}, environment);
  return policy;
}

}  // namespace

DeployedPolicy<AnyPolicy<>> read_fitting_policy(const std::string& file, const AnyEnvironment& environment) {
  return read_fitting(file, environment, read_policy<float>);
}

DeployedPolicy<AnyFinitePolicy<>> read_fitting_policy(const std::string& file,
                                                      const AnyFiniteEnvironment& environment) {
  return read_fitting(file, environment, read_finite_policy<float>);
}

}  // namespace tool
