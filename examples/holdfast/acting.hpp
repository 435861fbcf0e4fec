/// \file
/// What the commands that act in an environment share.
#pragma once

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/program.hpp"

namespace tool {

/// Throws DataError unless `what`, of so many features, fits the environment.
void check_sizes(const std::string& what, holdfast::Sizes found, const holdfast::AnyEnvironment& environment);

/// The policy of a file, for that environment. Throws DataError.
holdfast::DeployedPolicy<holdfast::AnyPolicy<>> read_fitting_policy(const std::string& file,
                                                                    const holdfast::AnyEnvironment& environment);

/// "12.3 ± 0.4", or the mean alone where its standard error is not known.
inline std::string text_of(const holdfast::Estimate& estimate) {
  char text[64];
  if (std::isnan(estimate.standard_error))
    std::snprintf(text, sizeof text, "%.6g", estimate.mean);
  else
    std::snprintf(text, sizeof text, "%.6g ± %.2g", estimate.mean, estimate.standard_error);
  return text;
}

/// Where progress goes: standard error where it is a terminal, else standard output, so that scripts find nothing but
/// errors on standard error.
inline std::ostream& progress_stream() { return program::is_terminal(2) ? std::cerr : std::cout; }

}  // namespace tool
