/// \file
/// What the user may choose.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"
#include "support/work_queue.hpp"

namespace failure {

using holdfast::Index;

struct Options {
  std::string environment = "mass_chain";
  std::string data = "expert";
  std::string dataset;
  std::filesystem::path out = "out";
  Index seeds = 5;
  Index steps = 30000;
  Index bc_steps = 5000;
  Index transitions = 10000;
  double noise = 0.1;
  Index online_steps = 20000;
  double online_score = 95;
  Index episodes = 20;
  std::vector<Index> hidden = {64, 64};
  Index batch_size = 128;
  double learning_rate = 3e-4;
  double discount = 0.99;
  std::uint64_t seed = 1;
  int threads = program::default_threads();
};

inline void add_options(CLI::App& app, Options& options) {
  program::add_environment_option(app, options.environment);
  app.add_option("--data", options.data,
                 "What to learn from: all of online training (replay), a moderate policy's draws (medium), a good "
                 "policy's mode plus noise (expert), the scripted policy plus noise (scripted)")
      ->check(CLI::IsMember({"replay", "medium", "expert", "scripted"}))
      ->capture_default_str();
  app.add_option("--dataset", options.dataset, "Learn from this D4RL-layout HDF5 file, and make no data")
      ->type_name("FILE");
  app.add_option("--out", options.out, "Folder for datasets, tables and the picture")->capture_default_str();
  CLI::Option* const seeds = app.add_option("--seeds", options.seeds, "Seeds per algorithm")
                                 ->check(CLI::Range(1, 1000))
                                 ->capture_default_str();
  CLI::Option* const steps = app.add_option("--steps", options.steps, "Offline updates per SAC run")
                                 ->check(CLI::Range(100, 100000000))
                                 ->capture_default_str();
  app.add_option("--bc-steps", options.bc_steps, "Updates per cloning run")
      ->check(CLI::Range(100, 100000000))
      ->capture_default_str();
  app.add_option("--transitions", options.transitions, "Size of the datasets made")
      ->check(CLI::Range(100, 100000000))
      ->capture_default_str();
  app.add_option("--noise", options.noise, "Standard deviation of the noise on expert and scripted actions")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--online-steps", options.online_steps, "Longest online training")
      ->check(CLI::Range(2000, 100000000))
      ->capture_default_str();
  app.add_option("--online-score", options.online_score, "Score at which online training ends (0 random, 100 good)")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  program::add_training_options(app, options);
  app.add_option("--discount", options.discount, "The discount γ")
      ->check(CLI::Range(0.0, 0.9999))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "First seed; the others follow it")->capture_default_str();
  app.add_option("--threads", options.threads, "Runs trained at once; results do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 2, options.steps = 12000; }, "Two seeds of 12,000 updates")
      ->excludes(seeds)
      ->excludes(steps);
}

}  // namespace failure
