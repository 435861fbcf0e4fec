/// \file
/// Options of the program.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "studies/support/experiment_options.hpp"

namespace failure {

using holdfast::Index;

/// The algorithms that are trained, beside the clone, in the order of the table.
inline constexpr std::array<const char*, 5> off_policy = {"sac", "sac_no_entropy", "td3", "ddpg", "sac_warm_start"};

struct Options : program::ExperimentOptions {
  std::string environment = "mass_chain";
  std::string data = "expert";
  std::string dataset;
  std::vector<std::string> algorithms = {"sac", "sac_no_entropy", "sac_warm_start"};
  Index steps = 30000;
  Index bc_steps = 5000;

  /// Sets the sizes for a robot: every algorithm, on medium data.
  void use_full_size() {
    program::ExperimentOptions::use_full_size();
    data = "medium";
    algorithms.assign(off_policy.begin(), off_policy.end());
    steps = 100000;
    bc_steps = 100000;
  }
};

inline void add_options(CLI::App& app, Options& options) {
  program::add_environment_option(app, options);
  app.add_option("--data", options.data,
                 "Kind of data to learn from: all of online training (replay), a moderate policy's draws (medium), a "
                 "good policy's mode plus noise (expert), the scripted policy plus noise (scripted), uniform actions "
                 "(random), half expert and half random (mixed)")
      ->check(program::one_of({"replay", "medium", "expert", "scripted", "random", "mixed"}))
      ->capture_default_str();
  app.add_option("--dataset", options.dataset, "Learn from this HDF5 file in D4RL's layout instead of making data")
      ->type_name("FILE");
  CLI::Option* const seeds = program::add_experiment_options(app, options);
  app.add_option("--algorithms", options.algorithms,
                 "Off-policy algorithms to train beside the clone; sac_warm_start, SAC from the clone, has one run")
      ->check(program::one_of(off_policy))
      ->delimiter(',')
      ->capture_default_str();
  CLI::Option* const steps = program::add_count_option(app, "--steps", options.steps, "Offline updates per run");
  program::add_count_option(app, "--bc-steps", options.bc_steps, "Updates per cloning run");
  app.add_flag_callback(
         "--quick",
         [&options] {
           options.seeds = 2;
           options.steps = 12000;
           options.bc_steps = std::min<Index>(options.bc_steps, 12000);
           options.transitions = std::min<Index>(options.transitions, 100000);
         },
         "Small run: two seeds of 12,000 updates, 100,000 transitions at most")
      ->excludes(seeds)
      ->excludes(steps);
}

}  // namespace failure
