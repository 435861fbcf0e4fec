/// \file
/// The parts that the commands share that act in an environment.
#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "holdfast/environments/registry.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/program.hpp"

namespace tool {

/// --environment, any of the built-in ones.
CLI::Option* add_environment_option(CLI::App& command, std::string& name);

/// Throws DataError unless `what`, of so many features, fits the environment, which has `expected`.
void check_sizes(const std::string& what, holdfast::Sizes found, std::string_view environment, holdfast::Sizes expected,
                 bool finite);

template <class Environment>
void check_sizes(const std::string& what, holdfast::Sizes found, const Environment& environment) {
  check_sizes(what, found, environment.name(), {environment.observation_size(), environment.action_size()},
              holdfast::FiniteEnvironment<Environment>);
}

/// Throws DataError unless `what` is of actions such as the environment has.
void check_kind(const std::string& what, bool finite, std::string_view environment, bool expected_finite);

/// The policy of a file, for that environment. Throws DataError.
holdfast::DeployedPolicy<holdfast::AnyPolicy<>> read_fitting_policy(const std::string& file,
                                                                    const holdfast::AnyEnvironment<>& environment);
holdfast::DeployedPolicy<holdfast::AnyFinitePolicy<>> read_fitting_policy(
    const std::string& file, const holdfast::AnyEnvironment<holdfast::ActionIndices>& environment);

/// "12.3 ± 0.4", or the mean alone where its standard error is not known.
inline std::string text_of(const holdfast::Estimate& estimate) {
  char text[64];
  if (std::isnan(estimate.standard_error))
    std::snprintf(text, sizeof text, "%.6g", estimate.mean);
  else
    std::snprintf(text, sizeof text, "%.6g ± %.2g", estimate.mean, estimate.standard_error);
  return text;
}

}  // namespace tool
