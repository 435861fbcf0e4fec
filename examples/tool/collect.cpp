/// \file
/// `holdfast collect`: records a dataset of a policy's actions.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/checkpoint_interval.hpp"
#include "support/files.hpp"
#include "tool/acting.hpp"
#include "tool/collect_behavior.hpp"
#include "tool/collect_checkpoint.hpp"
#include "tool/commands.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

constexpr Index most_steps = 100000000;

/// All that decides what is collected, and what is collected so far. The buffer has room for all steps that may ever be
/// asked for, so that a checkpoint does not depend on their number.
template <class Actions>
struct Collection {
  Collection(const CollectOptions& options, const AnyEnvironment<Actions>& environment)
      : behavior(make_behavior<Actions>(options, environment)),
        recorder(environment, options.seed),
        data({environment.observation_size(), environment.action_size()}, most_steps) {}

  [[nodiscard]] std::map<std::string, SavedState> parts() const {
    return {{"behavior", save_state(behavior.draws)}, {"recorder", save_state(recorder)}, {"data", save_state(data)}};
  }
  void restore(const Checkpoint& checkpoint) {
    checkpoint.restore("behavior", behavior.draws);
    checkpoint.restore("recorder", recorder);
    checkpoint.restore("data", data);
  }

  Behavior<Actions> behavior;
  Recorder<float, AnyEnvironment<Actions>> recorder;
  ReplayBuffer<float, Actions> data;
};

/// Goes on from the checkpoint, if there is one.
template <class Actions>
void resume(const CollectOptions& options, const CollectCheckpoint& checkpoint, Collection<Actions>& collection) {
  const std::optional<Checkpoint> saved = checkpoint.read();
  if (!saved) return;
  try {
    collection.restore(*saved);
  } catch (const DataError& error) {
    throw DataError(checkpoint.path() + ": " + error.what());
  }
  if (collection.data.size() > options.steps)
    throw ConfigError(message(checkpoint.path(), ": expected --steps ", collection.data.size(),
                              " or more, as many as were collected, found ", options.steps));
}

/// Acts until `options.steps` transitions are collected. Writes checkpoints, and one at an interruption.
template <class Actions>
void act(const CollectOptions& options, const CollectCheckpoint& checkpoint, Collection<Actions>& collection) {
  program::CheckpointInterval checkpoints(options.checkpoint_every);
  const Index interval = std::max<Index>(1, options.steps / 1000);
  Index shown = collection.data.size();
  ProgressBar bar(std::cerr, "collect", options.steps, program::is_terminal(2));
  bar.skip(shown);
  for (Index step = shown + 1; step <= options.steps && !program::interrupted; ++step) {
    collection.recorder.step(collection.behavior, collection.data);
    if (step % interval == 0 || step == options.steps) bar.advance(step - std::exchange(shown, step));
    if (step < options.steps && checkpoints.due(step)) checkpoints.write([&] { checkpoint.write(collection.parts()); });
  }
  if (collection.data.size() > 0 && collection.data.size() < options.steps) checkpoint.write(collection.parts());
}

template <class Actions>
void record(const CollectOptions& options, const CollectCheckpoint& checkpoint, Collection<Actions>& collection) {
  if (options.resume) resume(options, checkpoint, collection);
  act(options, checkpoint, collection);
  const auto data = collection.data.transitions();
  if (data.size() == 0) {
    std::printf("interrupted before the first step: nothing was written\n");
    return;
  }
  constexpr bool finite = FiniteActions<Actions>;
  const Behavior<Actions>& behavior = collection.behavior;
  write_d4rl(options.out, data,
             {{"environment", options.environment},
              {"policy", behavior.description},
              {"seed", std::to_string(options.seed)},
              {finite ? "epsilon" : "noise", message(finite ? options.epsilon : options.noise)}});
  const bool complete = data.size() == options.steps;
  if (complete) checkpoint.remove();
  std::printf("%s: %td transitions of %s, %s%s\n", options.out.c_str(), data.size(), options.environment.c_str(),
              behavior.description.c_str(), complete ? "" : " (interrupted; --resume goes on)");
  if (behavior.why_no_density.empty())
    std::printf("log-probabilities of the actions: recorded as infos/action_log_probs\n");
  else
    std::printf("log-probabilities of the actions: left out, there are none: %s\n", behavior.why_no_density.c_str());
}

/// Writes the dataset of the behavior policy that the options ask for. Throws ConfigError, DataError.
template <class Actions>
void collect_among(const CollectOptions& options) {
  const auto environment = program::make_environment<Actions>(options.environment);
  Collection<Actions> collection(options, environment);
  std::error_code no_such_file;
  if (std::filesystem::equivalent(options.out, options.policy, no_such_file))
    throw ConfigError("--out: " + options.out + " is the file of --policy, which would be lost; choose another");
  program::check_writable(options.out);
  try {
    record<Actions>(options, CollectCheckpoint(options), collection);
  } catch (const std::bad_alloc&) {
    const auto numbers = static_cast<double>(2 * environment.observation_size() + environment.action_size() + 2);
    throw ConfigError(message("--steps: ", options.steps, " transitions take ",
                              sizeof(float) * numbers * static_cast<double>(options.steps) / 1e9,
                              " GB and several times as much while they are written, more memory than there is"));
  }
}

void collect_command(const CollectOptions& options) {
  const bool finite = program::has_finite_actions(options.environment);
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
      ->check(program::range<Index>(1, most_steps))
      ->required();
  command->add_option("--out", options->out, "File of the dataset; an existing file is replaced")
      ->type_name("FILE")
      ->required();
  program::add_seed_option(*command, options->seed, "Random seed");
  program::add_reading_options(*command);
  command
      ->add_option("--checkpoint-every", options->checkpoint_every,
                   std::string("Steps ") + program::checkpoint_interval_help)
      ->type_name("N|Ns")
      ->capture_default_str();
  CLI::Option* const overwrite = command->add_flag("--overwrite", options->overwrite,
                                                   "Begin anew where FILE.checkpoint.h5 is of an unfinished run");
  command
      ->add_flag(
          "--resume", options->resume,
          "Go on from FILE.checkpoint.h5, to the same bytes as if the run had not been stopped; all options must "
          "be the same, but --steps may be more. Begins anew if there is no checkpoint")
      ->excludes(overwrite);
  command->callback([options] { collect_command(*options); });
}

}  // namespace tool
