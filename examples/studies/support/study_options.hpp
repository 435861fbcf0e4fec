/// \file
/// Options of a study on several datasets.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "studies/support/experiment_options.hpp"

namespace program {

/// The options of a study: an experiment on several datasets.
struct StudyOptions : ExperimentOptions {
  StudyOptions() { measurements = 20; }
  std::vector<std::string> data;
  holdfast::Index steps = 0;
};

/// Adds the options of a study; with --quick, a run has `quick_steps` updates.
inline void add_study_options(CLI::App& app, StudyOptions& options, holdfast::Index quick_steps) {
  app.add_option("--data", options.data, "Kinds of data to learn from")
      ->check(program::one_of({"expert", "medium", "replay", "random", "mixed"}))
      ->capture_default_str();
  CLI::Option* const steps = add_count_option(app, "--steps", options.steps, "Updates per run");
  CLI::Option* const seeds = add_experiment_options(app, options);
  app.add_flag_callback(
         "--quick", [&options, quick_steps] { options.seeds = 2, options.steps = quick_steps; },
         holdfast::message("Small run: two seeds of ", quick_steps, " updates"))
      ->excludes(seeds)
      ->excludes(steps);
}

}  // namespace program
