/// \file
/// The options of `holdfast train`: the tool's own and every setting of the learner, with the same names on the command
/// line, in --set and in configuration files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/data/hdf5/options.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/training/any_learner.hpp"
#include "tool/option_set.hpp"

namespace tool {

using holdfast::Index;

/// The tool's own options.
struct TrainOptions {
  std::string algorithm;
  std::string dataset;
  std::string environment;               ///< empty: no evaluation
  std::string checkpoint_every = "60s";  ///< updates, or seconds with an s (support/checkpoint_interval.hpp)
  std::string reward_scale = "1";        ///< a positive number, or "returns": 1000 over the range of the data's returns
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
  double reward_shift = 0;      ///< added to every reward, after the scale
  double best_share = 1;        ///< share of the trajectories that is learned from, by return
  double validation_share = 0;  ///< share of the data that is held out, as whole episodes
  bool keep_best = false;       ///< keep the policy of the best evaluation too
  Index patience = 0;  ///< evaluations (rows, without an environment) without progress that end the run; 0: any
  bool stop_on_divergence = false;
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
    visit("reward_shift", self.reward_shift, holdfast::finite_number);
    visit("best_share", self.best_share, Interval{.lowest = 0, .highest = 1, .open_below = true});
    visit("validation_share", self.validation_share, Interval{0, 0.5});
    visit("keep_best", self.keep_best);
    visit("patience", self.patience, at_least(0));
    visit("stop_on_divergence", self.stop_on_divergence);
    visit("threads", self.threads, Interval{0, 1024});
  }

  /// Visits the options that are text.
  static void texts(auto& self, auto&& visit) {
    visit("algorithm", self.algorithm);
    visit("dataset", self.dataset);
    visit("environment", self.environment);
    visit("checkpoint_every", self.checkpoint_every);
    visit("reward_scale", self.reward_scale);
  }
};

/// Returns the factor of the rewards that `reward_scale` names, or nothing for "returns", which only the data can tell.
/// Throws ConfigError if it names neither.
std::optional<double> reward_factor(const std::string& reward_scale);

/// Returns how the authors of an algorithm prepare data and train. Throws ConfigError if there is no such algorithm.
const holdfast::AlgorithmTraining& training_of(const std::string& algorithm, bool finite);

/// Returns the last value given to `key`; empty if there is none.
std::string last_value(const std::vector<Given>& given, std::string_view key);

/// Returns the number of steps between rows, for about fifty rows.
inline Index row_interval(Index steps) { return std::max<Index>(1, steps / 50); }

/// Returns the number of steps between evaluations: every fifth row.
inline Index evaluation_interval(Index row_interval) { return 5 * row_interval; }

/// All values of a training run.
struct TrainPlan {
  TrainOptions options;
  holdfast::Settings learner;  ///< settings that differ from the algorithm's defaults
  bool finite = false;         ///< true if the dataset's actions are the numbers of a finite set
};

/// Returns the value of a setting of the run's learner; empty if it has no such setting.
std::string setting_of(const TrainPlan& plan, std::string_view name);

/// Returns whether the run's batches must hold what the data earned from each state on: where the learner keeps its
/// values above that.
bool needs_returns_to_go(const TrainPlan& plan);

/// Returns whether the run's batches must hold the data's next actions: where the learner keeps its values near them.
bool needs_next_actions(const TrainPlan& plan);

/// The sources of the values of a training run; later ones override earlier ones.
struct Sources {
  std::vector<Given> resumed;       ///< values of the run that is resumed; empty for a new run
  std::vector<Given> file;          ///< values of a configuration file
  std::vector<Given> command_line;  ///< values of the command line
};

/// Reads the text of a configuration; the key of an entry in a table is "table.entry". `file` is the name for errors.
/// Throws DataError, also for a file of the tool that lacks its end, and ConfigError if a key is given twice.
std::vector<Given> parse_config(const std::string& file, std::string_view text);

/// Returns the run's id in the first line of a configuration that the tool wrote; empty if there is none.
std::string run_in_config(std::string_view first_line);

/// Reads a configuration file. Throws like parse_config.
std::vector<Given> read_config(const std::string& file);

/// Applies all values, then resolves those that none of the sources gives. Values that were implied by the file's own
/// `steps` (policy_optimizer.decay_steps, log_every, evaluate_every) follow the steps of the plan. Throws ConfigError
/// that names the source of the value; for an unknown key, it suggests a similar one.
TrainPlan resolve(Sources sources);

/// Returns all values as the text of a configuration file. `learner` holds all settings of the learner, and `run` is
/// the run's id.
std::string to_toml(const TrainOptions& options, const holdfast::Settings& learner, const std::string& run);

}  // namespace tool
