/// \file
/// Options of the programs that make data and train on it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace program {

/// The options of an experiment: its data, networks and evaluation.
struct ExperimentOptions {
  std::filesystem::path out = "out";
  holdfast::Index seeds = 5;
  holdfast::Index transitions = 10000;
  double noise = 0.1;
  holdfast::Index online_steps = 20000;
  double online_score = 95;
  holdfast::Index episodes = 20;
  std::vector<holdfast::Index> hidden = {64, 64};
  holdfast::Index batch_size = 128;
  double learning_rate = 3e-4;
  double discount = 0.99;
  std::uint64_t seed = 1;
  int threads = default_threads();
};

/// Adds the option of a number from 100 to 10⁸.
inline CLI::Option* add_count_option(CLI::App& app, const char* name, holdfast::Index& count, const char* help) {
  return app.add_option(name, count, help)->check(range(100, 100000000))->capture_default_str();
}

/// Adds the options of an experiment. Returns the option --seeds, so that `--quick` can exclude it.
inline CLI::Option* add_experiment_options(CLI::App& app, ExperimentOptions& options) {
  app.add_option("--out", options.out, "Folder for datasets, tables and the picture")->capture_default_str();
  CLI::Option* const seeds = app.add_option("--seeds", options.seeds, "Number of seeds per algorithm")
                                 ->check(range(1, 1000))
                                 ->capture_default_str();
  add_count_option(app, "--transitions", options.transitions, "Number of transitions in each dataset that is made");
  app.add_option("--noise", options.noise, "Standard deviation of the noise on expert and scripted actions")
      ->check(range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--online-steps", options.online_steps, "Largest number of steps of online training")
      ->check(range(2000, 100000000))
      ->capture_default_str();
  app.add_option("--online-score", options.online_score,
                 "Score at which online training ends (0: random policy, 100: good policy)")
      ->check(range(1.0, 1000.0))
      ->capture_default_str();
  add_training_options(app, options);
  app.add_option("--discount", options.discount, "Discount factor γ")->check(range(0.0, 0.9999))->capture_default_str();
  add_seed_option(app, options.seed, "First random seed; the others follow it");
  add_threads_option(app, options.threads, "Number of runs at a time; does not change results");
  return seeds;
}

}  // namespace program
