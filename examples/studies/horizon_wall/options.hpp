/// \file
/// Options of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "holdfast/evaluators/intervals.hpp"
#include "support/work_queue.hpp"

namespace wall {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

constexpr double confidence = 0.95;  ///< confidence level of all intervals

struct Options {
  std::filesystem::path out = "horizon_wall";
  std::vector<Index> horizons = {1, 2, 5, 10, 20, 30, 40, 50};
  Index trajectories = 1000;  ///< per dataset
  Index replications = 200;   ///< number of datasets
  double discount = 1;
  double cap = 10;  ///< cap on weights of the capped estimator
  Index resamples = 200;
  std::uint64_t seed = 1;
  int threads = program::default_threads();
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the tables and the picture")->capture_default_str();
  app.add_option("--horizons", options.horizons, "Horizons, in steps")
      ->check(program::range(1, 500))
      ->capture_default_str();
  app.add_option("--trajectories", options.trajectories, "Trajectories per dataset")
      ->check(program::range(10, 1000000))
      ->capture_default_str();
  CLI::Option* const replications = app.add_option("--replications", options.replications, "Number of datasets")
                                        ->check(program::range(2, 100000))
                                        ->capture_default_str();
  app.add_option("--discount", options.discount, "Discount factor γ")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--cap", options.cap, "Cap on the weights of the capped estimator")
      ->check(program::range(1e-6, 1e12))
      ->capture_default_str();
  app.add_option("--resamples", options.resamples, "Number of bootstrap resamples")
      ->check(program::range(fewest_resamples(confidence), Index{100000}))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  program::add_threads_option(app, options.threads, "Number of datasets at a time; does not change results");
  app.add_flag_callback(
         "--quick", [&options] { options.replications = 10; }, "Small run: ten datasets")
      ->excludes(replications);
}

}  // namespace wall
