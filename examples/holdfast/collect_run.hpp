/// \file
/// Acting and recording, whatever the kind of actions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "holdfast/acting.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/files.hpp"

namespace tool {

/// What the command is told.
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

/// Who acts: fills the action (A×1; of a finite set its number) for an observation (O×1) and returns its
/// log-probability where it has one.
template <class Action>
struct BehaviorOf {
  std::function<std::optional<float>(const holdfast::Matrix<float>&, Action&)> act;
  std::string description;
  std::string why_no_density;  ///< empty where actions have log-probabilities
};

/// Collects in an environment with a finite set of actions.
void collect_finite(const CollectOptions& options);

/// So many steps, or as many as there were before an interruption.
template <class Environment, class Behavior>
auto act(const CollectOptions& options, const Environment& environment, const Behavior& behavior) {
  using Acts = holdfast::Recorder<float, Environment>;
  const holdfast::Index interval = std::max<holdfast::Index>(1, options.steps / 1000);
  holdfast::ReplayBuffer<float, typename Acts::Actions> buffer(
      {environment.observation_size(), environment.action_size()}, options.steps);
  Acts recorder(environment, options.seed);
  holdfast::ProgressBar bar(std::cerr, "collect", options.steps, program::is_terminal(2));
  for (holdfast::Index step = 1; step <= options.steps && !program::interrupted; ++step) {
    recorder.step(behavior.act, buffer);
    if (step % interval == 0) bar.advance(interval);
    if (step == options.steps) bar.advance(options.steps % interval);
  }
  return buffer.transitions();
}

template <class Environment, class Behavior>
void record(const CollectOptions& options, const Environment& environment, const Behavior& behavior) {
  const auto data = act(options, environment, behavior);
  if (data.size() == 0) {
    std::printf("interrupted before the first step: nothing was written\n");
    return;
  }
  constexpr bool finite = holdfast::FiniteEnvironment<Environment>;
  holdfast::write_d4rl(options.out, data,
                       {{"environment", options.environment},
                        {"policy", behavior.description},
                        {"seed", std::to_string(options.seed)},
                        {finite ? "epsilon" : "noise", holdfast::message(finite ? options.epsilon : options.noise)}});
  std::printf("%s: %td transitions of %s, %s%s\n", options.out.c_str(), data.size(), options.environment.c_str(),
              behavior.description.c_str(), program::interrupted ? " (interrupted)" : "");
  if (behavior.why_no_density.empty())
    std::printf("log-probabilities of the actions: recorded as infos/action_log_probs\n");
  else
    std::printf("log-probabilities of the actions: left out, there are none: %s\n", behavior.why_no_density.c_str());
}

/// Writes the dataset of what `behavior` does. Throws ConfigError, DataError.
template <class Environment, class Behavior>
void collect_with(const CollectOptions& options, const Environment& environment, const Behavior& behavior) {
  std::error_code no_such_file;
  if (std::filesystem::equivalent(options.out, options.policy, no_such_file))
    throw holdfast::ConfigError("--out: " + options.out +
                                " is the file of --policy, which would be lost; choose another");
  program::check_writable(options.out);
  try {
    record(options, environment, behavior);
  } catch (const std::bad_alloc&) {
    const auto numbers = static_cast<double>(2 * environment.observation_size() + environment.action_size() + 2);
    throw holdfast::ConfigError(
        holdfast::message("--steps: ", options.steps, " transitions take ",
                          sizeof(float) * numbers * static_cast<double>(options.steps) / 1e9,
                          " GB and as much again while they are written, more memory than there is"));
  }
}

}  // namespace tool
