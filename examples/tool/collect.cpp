/// \file
/// `holdfast collect`: records a dataset of a policy's actions.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <system_error>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/files.hpp"
#include "tool/acting.hpp"
#include "tool/collect_behavior.hpp"
#include "tool/commands.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// Returns `options.steps` transitions, or those before an interruption.
template <class Actions>
Transitions<float, Actions> act(const CollectOptions& options, const AnyEnvironment<Actions>& environment,
                                const Behavior<Actions>& behavior) {
  const Index interval = std::max<Index>(1, options.steps / 1000);
  ReplayBuffer<float, Actions> buffer({environment.observation_size(), environment.action_size()}, options.steps);
  Recorder<float, AnyEnvironment<Actions>> recorder(environment, options.seed);
  ProgressBar bar(std::cerr, "collect", options.steps, program::is_terminal(2));
  for (Index step = 1; step <= options.steps && !program::interrupted; ++step) {
    recorder.step(behavior.act, buffer);
    if (step % interval == 0) bar.advance(interval);
    if (step == options.steps) bar.advance(options.steps % interval);
  }
  return buffer.transitions();
}

template <class Actions>
void record(const CollectOptions& options, const AnyEnvironment<Actions>& environment,
            const Behavior<Actions>& behavior) {
  const auto data = act<Actions>(options, environment, behavior);
  if (data.size() == 0) {
    std::printf("interrupted before the first step: nothing was written\n");
    return;
  }
  constexpr bool finite = FiniteActions<Actions>;
  write_d4rl(options.out, data,
             {{"environment", options.environment},
              {"policy", behavior.description},
              {"seed", std::to_string(options.seed)},
              {finite ? "epsilon" : "noise", message(finite ? options.epsilon : options.noise)}});
  std::printf("%s: %td transitions of %s, %s%s\n", options.out.c_str(), data.size(), options.environment.c_str(),
              behavior.description.c_str(), program::interrupted ? " (interrupted)" : "");
  if (behavior.why_no_density.empty())
    std::printf("log-probabilities of the actions: recorded as infos/action_log_probs\n");
  else
    std::printf("log-probabilities of the actions: left out, there are none: %s\n", behavior.why_no_density.c_str());
}

/// Writes the dataset of the behavior policy that the options ask for. Throws ConfigError, DataError.
template <class Actions>
void collect_among(const CollectOptions& options) {
  const auto environment = make_environment<Actions>(options.environment);
  const Behavior<Actions> behavior = make_behavior<Actions>(options, environment);
  std::error_code no_such_file;
  if (std::filesystem::equivalent(options.out, options.policy, no_such_file))
    throw ConfigError("--out: " + options.out + " is the file of --policy, which would be lost; choose another");
  program::check_writable(options.out);
  try {
    record<Actions>(options, environment, behavior);
  } catch (const std::bad_alloc&) {
    const auto numbers = static_cast<double>(2 * environment.observation_size() + environment.action_size() + 2);
    throw ConfigError(message("--steps: ", options.steps, " transitions take ",
                              sizeof(float) * numbers * static_cast<double>(options.steps) / 1e9,
                              " GB and as much again while they are written, more memory than there is"));
  }
}

void collect_command(const CollectOptions& options) {
  const bool finite = BuiltInEnvironments::has_finite_actions(options.environment);
  if (finite && options.noise > 0)
    throw ConfigError(message("--noise is of continuous actions, but ", options.environment,
                              " has a finite set; --epsilon mixes random ones in"));
  if (!finite && options.epsilon > 0)
    throw ConfigError(message("--epsilon is of finite actions, but ", options.environment,
                              " has continuous ones; --noise is added to them"));
  with_actions(finite, [&]<class Actions>() { collect_among<Actions>(options); });
}

}  // namespace

void add_collect(CLI::App& program) {
  CLI::App* const command =
      program.add_subcommand("collect", "Records a dataset of a policy's actions (D4RL's layout)");
  const auto options = std::make_shared<CollectOptions>();
  add_environment_option(*command, options->environment)->required();
  command
      ->add_option("--policy", options->policy,
                   "Policy that acts: random (uniform), scripted (the environment's good policy), or a policy's file, "
                   "which is sampled")
      ->type_name("random|scripted|FILE")
      ->required();
  command->add_option("--noise", options->noise, "Standard deviation of the noise added to each action before clipping")
      ->check(program::range(0.0, 10.0))
      ->capture_default_str();
  command
      ->add_option("--epsilon", options->epsilon,
                   "Share of uniformly random actions, for environments with finite actions")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--deterministic", options->deterministic, "Use the policy's mode instead of sampling");
  command->add_option("--steps", options->steps, "Number of transitions")
      ->check(program::range(1, 100000000))
      ->required();
  command->add_option("--out", options->out, "File of the dataset; an existing file is replaced")
      ->type_name("FILE")
      ->required();
  program::add_seed_option(*command, options->seed, "Random seed");
  program::add_other_files_option(*command);
  command->callback([options] { collect_command(*options); });
}

}  // namespace tool
