/// \file
/// Options of the program.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "studies/support/study_options.hpp"
#include "support/setting.hpp"

namespace compare {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// A setting of the form ALGORITHM.FIELD=VALUE.
struct Setting {
  std::string algorithm;
  std::string field;
  std::string value;
};

/// A setting that differs from its default in this program, in one environment or, if that is empty, in all.
struct Particular {
  std::string environment;
  Setting setting;
};

/// The settings that differ from the defaults, which are meant for a million updates on larger tasks. Here BEAR gets a
/// smaller behavior model, a warm-up, and a multiplier that changes faster. Settings in units of the return are chosen
/// per task, as in the papers: AWAC's λ and BRAC's price are about ten times larger on the pendulum, whose rewards are
/// sixteen times larger. BRAC does not act by the best of ten draws there, because such a sharp controller does not
/// tolerate it.
inline const std::vector<Particular> particulars = {
    {"", {"bear", "improvement.divergence.behavior.network.hidden", "128, 128"}},
    {"", {"bear", "improvement.warm_up", "1000"}},
    {"", {"bear", "improvement.multiplier_optimizer.learning_rate", "0.01"}},
    {"", {"cql", "penalty.alpha", "2"}},
    {"pendulum", {"awac", "improvement.temperature", "3"}},
    {"pendulum", {"brac", "improvement.initial_multiplier", "10"}},
    {"pendulum", {"brac", "improvement.acting_samples", "0"}},
};

struct Options : program::StudyOptions {
  Options() {
    learning_rate = 1e-3;
    data = {"expert", "medium", "replay", "random", "mixed"};
    steps = 5000;
  }
  std::vector<std::string> environments = {"mass_chain", "pendulum"};
  std::vector<std::string> algorithms = {"bc", "sac", "bear", "brac", "awac", "cql", "iql"};
  std::vector<Setting> set;
};

/// Parses ALGORITHM.FIELD=VALUE. Throws ConfigError if it has another form or there is no such algorithm.
inline Setting parse_setting(const std::string& text) {
  constexpr const char* form = "ALGORITHM.FIELD=VALUE";
  const auto [key, value] = program::parse_setting(text, form);
  const auto dot = key.find('.');
  if (dot == std::string::npos) throw ConfigError(message("--set must be ", form, ", but is \"", text, "\""));
  const std::string algorithm = key.substr(0, dot);
  if (!is_among(Algorithms<>::names, algorithm))
    throw ConfigError(message("--set ", key, ": ", there_is_no("algorithm", algorithm, Algorithms<>::names)));
  return {algorithm, key.substr(dot + 1), value};
}

/// Throws ConfigError if an option has a value twice, or a setting is for an algorithm that is not trained.
inline void check(const Options& options) {
  program::refuse_repeats("--environments", options.environments);
  program::refuse_repeats("--data", options.data);
  program::refuse_repeats("--algorithms", options.algorithms);
  for (const Setting& setting : options.set)
    if (std::find(options.algorithms.begin(), options.algorithms.end(), setting.algorithm) == options.algorithms.end())
      throw ConfigError(message("--set ", setting.algorithm, ".", setting.field, ": ", setting.algorithm,
                                " is not among --algorithms"));
}

inline void add_options(CLI::App& app, Options& options) {
  const auto names = environment_names();  // of the robots, mujoco_scores compares learners
  app.add_option("--environments", options.environments, "Environments to collect data and evaluate in")
      ->check(program::one_of(names))
      ->capture_default_str();
  app.add_option("--algorithms", options.algorithms, "Algorithms to train")
      ->check(program::one_of(Algorithms<>::names))
      ->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) options.set.push_back(parse_setting(text));
         },
         "Value of one algorithm's setting, for example cql.penalty.alpha=1")
      ->type_name("ALGORITHM.FIELD=VALUE");
  program::add_study_options(app, options, /*quick_steps=*/2000);
}

}  // namespace compare
