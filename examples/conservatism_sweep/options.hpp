/// \file
/// What the user may choose.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "support/study_options.hpp"

namespace sweep {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options : program::StudyOptions {
  Options() {
    seeds = 3;
    data = {"expert", "mixed"};
    steps = 6000;
  }
  std::string environment = "mass_chain";
  /// Values rise to their fixed point with a time constant of 1 / (target_rate (1 − γ)) updates: 1000 here, so that the
  /// default run ends with critics that have arrived. At the algorithms' own 0.005 that takes a hundred thousand.
  double target_rate = 0.1;
  std::vector<double> alphas = {0.1, 0.5, 1, 5, 10};  ///< ascending, none twice
};

/// As results name the runs of that weight; no two weights share a label.
inline std::string label_of(double alpha) { return "cql " + format_number(alpha); }

inline void add_options(CLI::App& app, Options& options) {
  program::add_environment_option(app, options.environment);
  app.add_option("--alphas", options.alphas, "Weights of the penalty")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  app.add_option("--target-rate", options.target_rate, "Share of the way the targets move towards the critics")
      ->check(program::range(1e-6, 1.0))
      ->capture_default_str();
  program::add_study_options(app, options, /*quick_steps=*/1000);
}

/// Puts the weights in order. Throws ConfigError where a kind of data is to be used twice.
inline void prepare(Options& options) {
  program::refuse_repeats("--data", options.data);
  std::sort(options.alphas.begin(), options.alphas.end());
  options.alphas.erase(std::unique(options.alphas.begin(), options.alphas.end()), options.alphas.end());
}

}  // namespace sweep
