/// \file
/// Makes datasets of HalfCheetah, Hopper and Walker2d by D4RL's recipe: random, medium, medium-replay, medium-expert
/// and expert. Goes on where it was stopped.

#include <cstdio>
#include <iostream>
#include <string>

#include "studies/make_mujoco_data/datasets.hpp"
#include "support/environments.hpp"
#include "support/files.hpp"

namespace mujoco_data {

/// Returns the steps and transitions that are to be made of each environment, for the progress bar.
Index work_of_each(const Options& options) {
  Index work = options.needs_medium() || options.needs_expert() ? options.online_steps : 0;
  for (const char* kind : {"random", "medium", "expert"})
    if (options.asks_for(kind)) work += options.rows;
  return work;
}

void make(const Options& options, const std::string& name, ProgressBar& bar) {
  const auto environment = program::make_environment<Matrix<float>>(name);
  Online online(options, name, environment);
  if (options.needs_medium() || options.needs_expert()) online.run(bar);
  Datasets(options, name, environment, online.record()).write(bar);
  online.require_medium();
}

void run(const Options& options) {
  for (const std::string& name : options.environments)
    if (const std::string why = program::why_no_environment(name); !why.empty())
      throw ConfigError("environment " + why);
  static_cast<void>(program::CheckpointInterval(options.checkpoint_every));
  program::make_folder(options.out);
  const auto count = static_cast<Index>(options.environments.size());
  ProgressBar bar(std::cerr, "MuJoCo data", count * work_of_each(options), program::is_terminal(2));
  program::run_all(options.environments.size(), options.threads,
                   [&](std::size_t i) { make(options, options.environments[i], bar); });
  if (program::interrupted) std::printf("interrupted; the same command goes on\n");
}

}  // namespace mujoco_data

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Makes datasets of MuJoCo's robots by D4RL's recipe. SAC is trained online; its policy is taken at the medium "
        "score and at the end, and draws of both are recorded. Files that are there are kept; stopped at any moment, "
        "the same command goes on.");
    mujoco_data::Options options;
    mujoco_data::add_options(app, options);
    return program::run(app, argc, argv, [&] { mujoco_data::run(options); });
  });
}
