/// \file
/// The options of `holdfast train`: the tool's own and every setting of the learner, with the same names on the command
/// line, in --set and in configuration files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/data/hdf5/options.hpp"
#include "holdfast/training/any_learner.hpp"

namespace tool {

using holdfast::Index;

/// The tool's own options.
struct TrainOptions {
  std::string algorithm;
  std::string dataset;
  std::string environment;  ///< empty: no evaluation
  Index steps = 0;
  Index batch_size = 256;
  std::uint64_t seed = 1;
  Index log_every = 0;       ///< 0 until resolved: about fifty rows
  Index evaluate_every = 0;  ///< 0 until resolved: every fifth row, if there is an environment
  Index episodes = 10;
  Index max_episode_steps = 0;  ///< 0 until resolved: the environment's time limit; never, if there is no environment
  double action_limit = 1;
  Index action_count = 0;  ///< 0: as the file says
  bool normalize = false;
  Index threads = 0;  ///< 0 until resolved: the machine's cores, four at most

  static void fields(auto& self, auto&& visit) {
    using holdfast::at_least;
    using holdfast::Interval;
    visit("steps", self.steps, at_least(1));
    visit("batch_size", self.batch_size, Interval{1, 1e5});
    visit("seed", self.seed, at_least(0));
    visit("log_every", self.log_every, at_least(0));
    visit("evaluate_every", self.evaluate_every, at_least(0));
    visit("episodes", self.episodes, Interval{1, 1e5});
    visit("max_episode_steps", self.max_episode_steps, at_least(0));
    visit("action_limit", self.action_limit, holdfast::positive);
    visit("action_count", self.action_count, Interval{0, holdfast::D4rlOptions::most});
    visit("normalize", self.normalize);
    visit("threads", self.threads, Interval{0, 1024});
  }

  /// Visits the options that are text.
  static void texts(auto& self, auto&& visit) {
    visit("algorithm", self.algorithm);
    visit("dataset", self.dataset);
    visit("environment", self.environment);
  }
};

/// A value that the user gave, and its source: "--set", "command line", or a file.
struct Given {
  std::string source;
  std::string key;
  std::string value;
};

/// All values of a training run.
struct TrainPlan {
  TrainOptions options;
  holdfast::Settings learner;  ///< settings that differ from the algorithm's defaults
  bool finite = false;         ///< true if the dataset's actions are the numbers of a finite set
};

/// Reads a configuration file; the key of an entry in a table is "table.entry". Throws DataError, and ConfigError if a
/// key is given twice.
std::vector<Given> read_config(const std::string& file);

/// Applies the values of a configuration file and then those of the command line; later values override earlier ones.
/// Then resolves the values that neither gives. Values that were implied by the file's own `steps`
/// (policy_optimizer.decay_steps, log_every, evaluate_every) follow the steps of the plan. Throws ConfigError that
/// names the source of the value; for an unknown key, it suggests a similar one.
TrainPlan resolve(std::vector<Given> file, const std::vector<Given>& command_line);

/// Returns all values as the text of a configuration file. `learner` holds all settings of the learner.
std::string to_toml(const TrainOptions& options, const holdfast::Settings& learner);

}  // namespace tool
