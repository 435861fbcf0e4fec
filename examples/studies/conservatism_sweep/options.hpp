/// \file
/// Options of the program.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "studies/support/study_options.hpp"

namespace sweep {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options : program::StudyOptions {
  Options() {
    seeds = 3;
    data = {"expert", "mixed"};
    steps = 6000;
  }
  std::string environment = "mass_chain";
  /// The rate of the target networks. Values approach their fixed point with a time constant of 1 / (target_rate
  /// (1 − γ)) updates: 1000 here, so that critics have converged at the end of the default run. With the algorithms'
  /// own 0.005 this takes a hundred thousand updates.
  double target_rate = 0.1;
  std::vector<double> alphas = {0.1, 0.5, 1, 5, 10};  ///< ascending, without repeats

  /// Sets the sizes for a robot: medium data, and the algorithms' own target rate.
  void use_full_size() {
    program::StudyOptions::use_full_size();
    data = {"medium"};
    steps = 50000;
    target_rate = 0.005;
  }
};

/// Returns the label of the runs with this weight in the results; no two weights share a label.
inline std::string label_of(double alpha) { return "cql " + format_number(alpha); }

inline void add_options(CLI::App& app, Options& options) {
  program::add_environment_option(app, options);
  app.add_option("--alphas", options.alphas, "Weights α of CQL's penalty")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--target-rate", options.target_rate, "Update rate of the target networks, τ")
      ->check(program::range(1e-6, 1.0))
      ->capture_default_str();
  program::add_study_options(app, options, /*quick_steps=*/1000);
}

/// Sorts the weights and removes repeats. Throws ConfigError if a kind of data is given twice.
inline void prepare(Options& options) {
  program::refuse_repeats("--data", options.data);
  std::sort(options.alphas.begin(), options.alphas.end());
  options.alphas.erase(std::unique(options.alphas.begin(), options.alphas.end()), options.alphas.end());
}

}  // namespace sweep
