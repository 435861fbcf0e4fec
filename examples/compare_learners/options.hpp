/// \file
/// What the user may choose.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "support/study.hpp"

namespace compare {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// ALGORITHM.FIELD=VALUE.
struct Setting {
  std::string algorithm;
  std::string field;
  std::string value;
};

/// What differs here from an algorithm's defaults, which are meant for a million updates on larger tasks: for BEAR a
/// smaller behaviour model, and a multiplier that is where it has to be after thousands of updates, not tens of
/// thousands.
inline const std::vector<Setting> particulars = {
    {"bear", "improvement.divergence.behavior.network.hidden", "128, 128"},
    {"bear", "improvement.warm_up", "1000"},
    {"bear", "improvement.initial_multiplier", "100"},
    {"bear", "improvement.multiplier_optimizer.learning_rate", "0.01"},
    {"bear", "improvement.divergence.width", "10"},
};

struct Options : program::ExperimentOptions {
  Options() { learning_rate = 1e-3; }
  std::vector<std::string> environments = {"mass_chain", "pendulum"};
  std::vector<std::string> data = {"expert", "medium", "replay", "random", "mixed"};
  std::vector<std::string> algorithms = {"bc", "sac", "bear", "brac", "awac", "cql", "iql"};
  Index steps = 5000;
  std::vector<Setting> set;
  bool keep_data = false;
};

/// Parses ALGORITHM.FIELD=VALUE. Throws ConfigError.
inline Setting parse_setting(const std::string& text) {
  const auto dot = text.find('.');
  const auto equals = text.find('=');
  if (equals == std::string::npos || dot > equals)
    throw ConfigError(message("--set must be ALGORITHM.FIELD=VALUE, but is \"", text, "\""));
  return {text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), text.substr(equals + 1)};
}

inline void add_options(CLI::App& app, Options& options) {
  const auto names = environment_names();
  app.add_option("--environments", options.environments, "Where to act")
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->capture_default_str();
  app.add_option("--data", options.data, "What to learn from")
      ->check(CLI::IsMember({"expert", "medium", "replay", "random", "mixed"}))
      ->capture_default_str();
  app.add_option("--algorithms", options.algorithms, "What learns")
      ->check(CLI::IsMember(std::vector<std::string>(Algorithms::names.begin(), Algorithms::names.end())))
      ->capture_default_str();
  CLI::Option* const steps = program::add_count_option(app, "--steps", options.steps, "Updates per run");
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) options.set.push_back(parse_setting(text));
         },
         "A field of one algorithm, cql.penalty.alpha=1")
      ->type_name("ALGORITHM.FIELD=VALUE");
  app.add_flag("--keep-data", options.keep_data, "Use the datasets that are already in --out");
  CLI::Option* const seeds = program::add_experiment_options(app, options);
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 2, options.steps = 2000; }, "Two seeds of 2,000 updates")
      ->excludes(seeds)
      ->excludes(steps);
}

}  // namespace compare
