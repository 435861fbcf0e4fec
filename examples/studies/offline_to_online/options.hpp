/// \file
/// Options of the program, and the sizes of its two tasks.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "studies/offline_to_online/methods.hpp"
#include "studies/support/experiment_options.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace offline_to_online {

struct Options {
  std::filesystem::path out = "offline_to_online";
  std::vector<std::string> environments = {"maze", "half_cheetah"};
  std::vector<std::string> algorithms = method_names();
  Index seeds = 5;
  std::uint64_t seed = 1;
  Index offline_steps = 0;  ///< updates; 0: those of the task
  Index online_steps = 0;   ///< steps in the environment; 0: those of the task
  Index transitions = 0;    ///< number in HalfCheetah's data; 0: a million
  int threads = program::default_threads();
  bool resume = false;
  bool quick = false;
};

/// The sizes of a task.
struct Size {
  std::vector<Index> hidden;
  Index batch_size = 0;
  Index offline_steps = 0;  ///< updates
  Index online_steps = 0;   ///< steps in the environment, with one update each
  Index random_steps = 0;   ///< first online steps of a learner that begins online, with random actions
  Index warmup_steps = 0;   ///< first online steps without an update, of the policy
  Index episodes = 0;       ///< episodes of each evaluation
  double learning_rate = 0;
  double target_rate = 0;
  Index penalty_samples = 0;  ///< draws of each kind for CQL
};

/// Returns the sizes: of the maze those of the study `stitching`, of HalfCheetah those of the papers, but for fewer
/// draws in CQL's penalty.
inline Size size_of(const Options& options, const std::string& environment) {
  Size size = environment == "maze" ? Size{.hidden = {64, 64},
                                           .batch_size = 64,
                                           .offline_steps = 12000,
                                           .online_steps = 12000,
                                           .random_steps = 600,
                                           .warmup_steps = 300,
                                           .episodes = 50,
                                           .learning_rate = 1e-3,
                                           .target_rate = 0.02,
                                           .penalty_samples = 3}
                                    : Size{.hidden = {256, 256},
                                           .batch_size = 256,
                                           .offline_steps = 15000,
                                           .online_steps = 15000,
                                           .random_steps = 1500,
                                           .warmup_steps = 750,
                                           .episodes = 5,
                                           .learning_rate = 3e-4,
                                           .target_rate = 0.005,
                                           .penalty_samples = 4};
  if (options.quick) {
    size.offline_steps = size.online_steps = 600;
    size.random_steps = size.warmup_steps = 100;
  }
  if (options.offline_steps > 0) size.offline_steps = options.offline_steps;
  if (options.online_steps > 0) size.online_steps = options.online_steps;
  size.random_steps = std::min(size.random_steps, size.online_steps / 5);  // and then it learns
  size.warmup_steps = std::min(size.warmup_steps, size.online_steps / 5);
  return size;
}

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the data, the runs, the table and the picture")
      ->capture_default_str();
  CLI::Option* const environments =
      app.add_option("--environments", options.environments, "Tasks: maze, and half_cheetah, which needs MuJoCo")
          ->check(program::one_of({"maze", "half_cheetah"}))
          ->capture_default_str();
  app.add_option("--algorithms", options.algorithms, "Methods")
      ->check(program::one_of(method_names()))
      ->capture_default_str();
  CLI::Option* const seeds = app.add_option("--seeds", options.seeds, "Number of seeds of each method")
                                 ->check(program::range(1, 1000))
                                 ->capture_default_str();
  CLI::Option* const offline =
      app.add_option("--offline-steps", options.offline_steps, "Updates offline (maze 12,000, half_cheetah 15,000)")
          ->check(program::range(1, 100000000));
  CLI::Option* const online = app.add_option("--online-steps", options.online_steps,
                                             "Steps in the environment, with one update each (12,000; 15,000)")
                                  ->check(program::range(1, 100000000));
  app.add_option("--transitions", options.transitions, "Transitions of HalfCheetah's data (1,000,000)")
      ->check(program::range(1000, 100000000));
  program::add_seed_option(app, options.seed, "First random seed; the others follow it");
  program::add_threads_option(app, options.threads, "Number of runs at a time; does not change results");
  app.add_flag("--resume", options.resume, "Go on where the same command was stopped");
  app.add_flag_callback(
         "--quick",
         [&options] {
           options.quick = true;
           options.seeds = 1;
           options.environments = {"maze"};
         },
         "Small run: the maze, one seed of 600 updates and 600 steps")
      ->excludes(environments)
      ->excludes(seeds)
      ->excludes(offline)
      ->excludes(online);
}

}  // namespace offline_to_online
