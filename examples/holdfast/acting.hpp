/// \file
/// What the commands that act in an environment share.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/policies/policy_file.hpp"
#include "support/program.hpp"

namespace tool {

/// Makes the folder, and those it is in. Throws DataError.
inline void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  if (!folder.empty()) std::filesystem::create_directories(folder, problem);
  if (problem) throw holdfast::DataError(folder.string() + ": the folder cannot be made: " + problem.message());
}

/// Throws DataError unless `what`, of so many features, fits the environment.
inline void check_sizes(const std::string& what, holdfast::Sizes found, const holdfast::AnyEnvironment& environment) {
  if (found.observation == environment.observation_size() && found.action == environment.action_size()) return;
  throw holdfast::DataError(holdfast::message(what, ": expected ", environment.observation_size(), " observation and ",
                                              environment.action_size(), " action features, as ", environment.name(),
                                              " has, found ", found.observation, " and ", found.action,
                                              "; choose another with --environment"));
}

/// The policy of a file, for that environment. Throws DataError.
inline holdfast::DeployedPolicy<holdfast::AnyPolicy<>> read_fitting_policy(
    const std::string& file, const holdfast::AnyEnvironment& environment) {
  auto policy = holdfast::read_policy<float>(file);
  check_sizes(file, {policy.normalization().size(), policy.policy().action_size()}, environment);
  return policy;
}

/// Where progress goes: standard error where it is a terminal, else standard output, so that scripts find nothing but
/// errors on standard error.
inline std::ostream& progress_stream() { return program::is_terminal(2) ? std::cerr : std::cout; }

}  // namespace tool
