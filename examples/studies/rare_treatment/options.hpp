/// \file
/// Options of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "support/work_queue.hpp"

namespace treatment {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "rare_treatment";
  std::vector<double> chances = {0.003, 0.01, 0.03, 0.1, 0.3};  ///< shares of the aggressive treatment in the data
  Index records = 500;                                          ///< treatments per dataset
  Index datasets = 10;
  double initial = 1;             ///< initial Q; a treatment that was never tried keeps it
  double sac_temperature = 0.01;  ///< SAC's α; its entropy bonus also raises values
  double temperature = 0.05;      ///< λ of AWAC and IQL
  double price = 0.1;             ///< λ of BRAC
  double alpha = 0.1;             ///< CQL's α
  double expectile = 0.9;         ///< IQL's τ
  Index updates = 800;            ///< updates per learner, each with all of its data
  std::uint64_t seed = 1;
  int threads = program::default_threads();
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the table and the picture")->capture_default_str();
  app.add_option("--chances", options.chances, "Shares of the aggressive treatment in the data")
      ->check(program::range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--records", options.records, "Treatments per dataset")
      ->check(program::range(10, 1000000))
      ->capture_default_str();
  CLI::Option* const datasets = app.add_option("--datasets", options.datasets, "Number of datasets of each kind")
                                    ->check(program::range(2, 10000))
                                    ->capture_default_str();
  app.add_option("--initial", options.initial,
                 "Initial Q; a treatment that was never tried keeps it as its chance to recover")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--sac-temperature", options.sac_temperature, "Temperature α of SAC")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--temperature", options.temperature, "Temperature λ of AWAC and IQL")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--price", options.price, "Penalty weight λ of BRAC")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--alpha", options.alpha, "Penalty weight α of CQL")
      ->check(program::range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--expectile", options.expectile, "Expectile τ of IQL")
      ->check(program::range(0.001, 0.999))
      ->capture_default_str();
  app.add_option("--updates", options.updates, "Updates per learner, each with the whole dataset")
      ->check(program::range(1, 1000000))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  program::add_threads_option(app, options.threads, "Number of datasets at a time; does not change results");
  app.add_flag_callback(
         "--quick", [&options] { options.datasets = 3; }, "Small run: three datasets of each kind")
      ->excludes(datasets);
}

}  // namespace treatment
