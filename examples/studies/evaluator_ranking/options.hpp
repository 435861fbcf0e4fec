/// \file
/// Options of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "studies/support/experiment_options.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace ranking {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "evaluator_ranking";
  Index trajectories = 5000;  ///< number of trajectories in a whole broad dataset
  Index horizon = 20;         ///< steps per trajectory
  Index replications = 6;     ///< number of broad datasets
  Index q_steps = 3000;       ///< updates per fitted Q
  Index episodes = 20000;     ///< real episodes per policy, for its true value
  double training = 1;        ///< share of the policies' updates that is made
  double discount = 0.99;
  std::uint64_t seed = 1;
  int threads = program::default_threads();
  program::ExperimentOptions narrow{.online_steps = 20000};  ///< options of the narrow data
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for data, tables and the picture")->capture_default_str();
  app.add_option("--trajectories", options.trajectories, "Number of trajectories in a whole broad dataset")
      ->check(program::range(400, 1000000))
      ->capture_default_str();
  app.add_option("--horizon", options.horizon, "Steps per trajectory")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  app.add_option("--episodes", options.episodes, "Real episodes per policy, for its true value")
      ->check(program::range(100, 10000000))
      ->capture_default_str();
  app.add_option("--discount", options.discount, "Discount factor γ")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  program::add_threads_option(app, options.threads, "Number of evaluations at a time; does not change results");
  CLI::Option* const replications = app.add_option("--replications", options.replications, "Number of broad datasets")
                                        ->check(program::range(1, 1000))
                                        ->capture_default_str();
  CLI::Option* const steps = app.add_option("--q-steps", options.q_steps, "Updates per fitted Q")
                                 ->check(program::range(100, 10000000))
                                 ->capture_default_str();
  app.add_flag_callback(
         "--quick",
         [&options] {
           options.replications = 2;
           options.q_steps = 300;
           options.trajectories = 1000;
           options.episodes = 2000;
           options.training = 0.1;
           options.narrow.online_steps = 2000;
           options.narrow.transitions = 2000;
         },
         "Small run: two datasets of 1,000 trajectories, a tenth of all updates")
      ->excludes(replications)
      ->excludes(steps);
}

}  // namespace ranking
