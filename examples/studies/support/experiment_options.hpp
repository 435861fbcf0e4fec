/// \file
/// Options of the programs that make data and train on it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"
#include "support/environments.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace program {

/// The options of an experiment: its data, networks and evaluation. Without more words, the defaults are those of the
/// small environments.
struct ExperimentOptions {
  std::filesystem::path out = "out";
  holdfast::Index seeds = 5;
  holdfast::Index transitions = 10000;
  double noise = 0.1;
  holdfast::Index online_steps = 20000;
  holdfast::Index random_steps = 1000;   ///< first steps of online training, with random actions
  holdfast::Index evaluate_every = 500;  ///< steps of online training
  double online_score = 95;
  double medium_share = 0.5;          ///< share of `online_score` at which the medium policy is taken
  holdfast::Index measurements = 60;  ///< number in each offline run, see Schedule
  holdfast::Index episodes = 20;
  std::vector<holdfast::Index> hidden = {64, 64};
  holdfast::Index batch_size = 128;
  double learning_rate = 3e-4;
  double discount = 0.99;
  std::uint64_t seed = 1;
  int threads = default_threads();
  bool keep_data = false;
  bool resume = false;  ///< keeps the data too

  /// Sets the size at which the field argues about the robots: a million transitions of the policy with a third of the
  /// expert's return (D4RL's medium), networks of 256-256, batches of 256.
  void use_full_size() {
    seeds = 3;
    transitions = 1000000;
    online_steps = 300000;
    random_steps = 10000;
    evaluate_every = 5000;
    online_score = 35;
    medium_share = 1;
    measurements = 20;
    episodes = 10;
    hidden = {256, 256};
    batch_size = 256;
  }
};

/// Adds the option --environment, with continuous actions. A robot's name calls `use_full_size()` of the options, so
/// that this option must be the first: those after it then replace single values.
template <class Options>
void add_environment_option(CLI::App& app, Options& options) {
  const auto set = [&options](const std::string& name) {
    options.environment = name;
    if (holdfast::is_among(robots, name)) options.use_full_size();
  };
  app.add_option_function<std::string>("--environment", set,
                                       "Environment; a robot's changes the defaults below to full size")
      ->default_str(options.environment)
      ->check(known_environment(continuous_environment_names()));
}

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
  app.add_option("--medium-share", options.medium_share, "Share of that score at which the medium policy is taken")
      ->check(range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--measurements", options.measurements,
                 "Number of measurements of each run at equal distances; at its beginning there are more")
      ->check(range(1, 10000))
      ->capture_default_str();
  CLI::Option* const keep = app.add_flag(
      "--keep-data", options.keep_data,
      "Use existing datasets in --out that were made with the same options, and make only the missing ones");
  app.add_flag("--resume", options.resume,
               "Go on where the same command was stopped: keep its datasets and runs in --out, and complete them")
      ->excludes(keep);
  add_training_options(app, options);
  app.add_option("--discount", options.discount, "Discount factor γ")->check(range(0.0, 0.9999))->capture_default_str();
  add_seed_option(app, options.seed, "First random seed; the others follow it");
  add_threads_option(app, options.threads, "Number of runs at a time; does not change results");
  return seeds;
}

}  // namespace program
