/// \file
/// Options of the program.
#pragma once

#include "studies/support/experiment_options.hpp"

namespace failure {

using holdfast::Index;

struct Options : program::ExperimentOptions {
  std::string environment = "mass_chain";
  std::string data = "expert";
  std::string dataset;
  Index steps = 30000;
  Index bc_steps = 5000;
};

inline void add_options(CLI::App& app, Options& options) {
  program::add_environment_option(app, options.environment);
  app.add_option("--data", options.data,
                 "Kind of data to learn from: all of online training (replay), a moderate policy's draws (medium), a "
                 "good policy's mode plus noise (expert), the scripted policy plus noise (scripted), uniform actions "
                 "(random), half expert and half random (mixed)")
      ->check(program::one_of({"replay", "medium", "expert", "scripted", "random", "mixed"}))
      ->capture_default_str();
  app.add_option("--dataset", options.dataset, "Learn from this HDF5 file in D4RL's layout instead of making data")
      ->type_name("FILE");
  CLI::Option* const seeds = program::add_experiment_options(app, options);
  CLI::Option* const steps = program::add_count_option(app, "--steps", options.steps, "Offline updates per SAC run");
  program::add_count_option(app, "--bc-steps", options.bc_steps, "Updates per cloning run");
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 2, options.steps = 12000; }, "Small run: two seeds of 12,000 updates")
      ->excludes(seeds)
      ->excludes(steps);
}

}  // namespace failure
