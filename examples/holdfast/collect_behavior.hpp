/// \file
/// Makes the one who acts in `holdfast collect`, whatever the actions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "holdfast/core/types.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/training/recorder.hpp"

namespace tool {

/// The options of the command.
struct CollectOptions {
  std::string environment;
  std::string policy;
  double noise = 0;
  double epsilon = 0;
  bool deterministic = false;
  holdfast::Index steps = 0;
  std::string out;
  std::uint64_t seed = 1;
};

/// Fills the action (A×1; of a finite set its number) for an observation (O×1) and returns its log-probability where it
/// has one.
template <class Actions>
struct Behavior {
  using Action = typename holdfast::Recorder<float, holdfast::AnyEnvironment<Actions>>::Action;
  std::function<std::optional<float>(const holdfast::Matrix<float>&, Action&)> act;
  std::string description;
  std::string why_no_density;  ///< empty where actions have log-probabilities
};

/// The behavior that the options ask for: that of --policy, with --noise or --epsilon. It may refer to the
/// environment. Throws ConfigError, and DataError where the file of the policy does not fit.
template <class Actions>
Behavior<Actions> make_behavior(const CollectOptions& options, const holdfast::AnyEnvironment<Actions>& environment);

}  // namespace tool
