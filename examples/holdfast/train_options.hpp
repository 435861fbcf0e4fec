/// \file
/// The options of `holdfast train`: the tool's own and every field of the learner, by one set of names on the command
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
  Index evaluate_every = 0;  ///< 0 until resolved: every fifth row, with an environment
  Index episodes = 10;
  Index max_episode_steps = 0;  ///< 0 until resolved: the environment's time limit; never where there is none
  double action_limit = 1;
  Index action_count = 0;  ///< 0: as the file says
  bool normalize = false;

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
  }

  /// The options that are text.
  static void texts(auto& self, auto&& visit) {
    visit("algorithm", self.algorithm);
    visit("dataset", self.dataset);
    visit("environment", self.environment);
  }
};

/// A value that the user gave, and where: "--set", "command line", a file.
struct Given {
  std::string source;
  std::string key;
  std::string value;
};

/// What is to be trained.
struct TrainPlan {
  TrainOptions options;
  holdfast::Settings learner;  ///< the fields that are not to have the algorithm's defaults
  bool finite = false;         ///< the dataset's actions are the numbers of a finite set
};

/// Reads a configuration file, with the key of a table's entry as "table.entry". Throws DataError.
std::vector<Given> read_config(const std::string& file);

/// Applies what a configuration file gives, and over it what the command line does, the later over the earlier, and
/// resolves what neither did. Where the file holds what its own `steps` implied (policy_optimizer.decay_steps,
/// log_every, evaluate_every), that follows the steps of the plan. Throws ConfigError that names where the value came
/// from; for a key that there is not, one that is near.
TrainPlan resolve(std::vector<Given> file, const std::vector<Given>& command_line);

/// All values as a configuration file; `learner` are all fields of the learner.
std::string to_toml(const TrainOptions& options, const holdfast::Settings& learner);

}  // namespace tool
