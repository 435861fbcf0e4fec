/// \file
/// Functions shared by the commands that act in an environment.
#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/environments.hpp"
#include "support/program.hpp"
#include "support/untrusted.hpp"

namespace tool {

/// Adds the option --environment, one of program::environment_names().
CLI::Option* add_environment_option(CLI::App& command, std::string& name);

/// Throws DataError unless the sizes `found` of `what` are those of the environment, `expected`.
void check_sizes(const std::string& what, holdfast::Sizes found, std::string_view environment, holdfast::Sizes expected,
                 bool finite);

template <class Environment>
void check_sizes(const std::string& what, holdfast::Sizes found, const Environment& environment) {
  check_sizes(what, found, environment.name(), {environment.observation_size(), environment.action_size()},
              holdfast::IsFiniteEnvironment<Environment>);
}

/// Throws DataError unless `what` has the same kind of actions, finite or continuous, as the environment.
void check_kind(const std::string& what, bool finite, std::string_view environment, bool expected_finite);

/// Returns the policy in a file. Throws DataError if it cannot be read or does not fit the environment.
template <class Actions>
holdfast::DeployedPolicy<holdfast::AnyPolicy<float, Actions>> read_fitting_policy(
    const std::string& file, const holdfast::AnyEnvironment<Actions>& environment) {
  const program::Reading reading(file);
  check_kind(file, holdfast::has_finite_policy(file), environment.name(), holdfast::FiniteActions<Actions>);
  auto policy = holdfast::read_policy<Actions>(file);
  check_sizes(file, {policy.normalization().size(), policy.policy().action_size()}, environment);
  return policy;
}

/// Returns "12.3 ± 0.4", or the mean alone if its standard error is unknown.
inline std::string text_of(const holdfast::Estimate& estimate) {
  char text[64];
  if (std::isnan(estimate.standard_error))
    std::snprintf(text, sizeof text, "%.6g", estimate.mean);
  else
    std::snprintf(text, sizeof text, "%.6g ± %.2g", estimate.mean, estimate.standard_error);
  return text;
}

}  // namespace tool
