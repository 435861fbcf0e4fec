/// \file
/// What the user may choose.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "support/work_queue.hpp"

namespace treatment {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "rare_treatment";
  std::vector<double> chances = {0.003, 0.01, 0.03, 0.1, 0.3};  ///< of the aggressive treatment in the data
  Index records = 500;                                          ///< treatments in each dataset
  Index datasets = 10;
  double initial = 1;             ///< what Q promises of a treatment that was never tried
  double sac_temperature = 0.01;  ///< α; its entropy is a promise too
  double temperature = 0.05;      ///< λ of AWAC and IQL
  double price = 0.1;             ///< λ of BRAC
  double alpha = 0.1;             ///< of CQL
  double expectile = 0.9;         ///< of IQL
  Index updates = 800;            ///< of each learner, each with all of its data
  std::uint64_t seed = 1;
  int threads = program::default_threads();
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the table and the picture")->capture_default_str();
  app.add_option("--chances", options.chances, "Shares of the aggressive treatment in the data")
      ->check(program::range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--records", options.records, "Treatments in each dataset")
      ->check(program::range(10, 1000000))
      ->capture_default_str();
  CLI::Option* const datasets = app.add_option("--datasets", options.datasets, "Datasets of each kind")
                                    ->check(program::range(2, 10000))
                                    ->capture_default_str();
  app.add_option("--initial", options.initial, "The chance to recover that Q promises of what was never tried")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--sac-temperature", options.sac_temperature, "α of SAC")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--temperature", options.temperature, "λ of AWAC and IQL")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--price", options.price, "λ of BRAC")->check(program::range(1e-6, 1e6))->capture_default_str();
  app.add_option("--alpha", options.alpha, "α of CQL")->check(program::range(0.0, 1e6))->capture_default_str();
  app.add_option("--expectile", options.expectile, "τ of IQL")
      ->check(program::range(0.001, 0.999))
      ->capture_default_str();
  app.add_option("--updates", options.updates, "Updates of each learner, each with the whole dataset")
      ->check(program::range(1, 1000000))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Of the data");
  program::add_threads_option(app, options.threads, "Datasets at a time; changes no result");
  app.add_flag_callback(
         "--quick", [&options] { options.datasets = 3; }, "Three datasets of each kind")
      ->excludes(datasets);
}

}  // namespace treatment
