/// \file
/// The options of `holdfast finetune`, and the plan that they and the offline run make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/training/checkpoint.hpp"
#include "tool/option_set.hpp"
#include "tool/train_options.hpp"

namespace tool {

/// The options of the online run. The learner, its settings and the preparation of the data are the offline run's.
struct FinetuneOptions {
  std::string checkpoint;  ///< the offline run's
  std::string environment;
  std::string dataset;  ///< empty: as the offline run names it
  std::string checkpoint_every = "60s";
  Index steps = 0;                           ///< steps in the environment, at least 1
  std::optional<double> offline_share = {};  ///< share of each batch from the dataset; none: all are equally likely
  Index updates_per_step = 1;
  Index warmup_steps = 0;
  double epsilon = 0;
  Index batch_size = 0;  ///< 0: the offline run's
  std::uint64_t seed = 1;
  Index log_every = 0;       ///< 0 until resolved: about fifty rows
  Index evaluate_every = 0;  ///< 0 until resolved: every fifth row
  Index episodes = 10;
  Index threads = 0;  ///< 0 until resolved: the machine's cores, four at most

  static void fields(auto& self, auto&& visit) {
    using holdfast::at_least;
    using holdfast::Interval;
    visit("steps", self.steps, Interval{1, 1e9});
    visit("offline_share", self.offline_share, Interval{0, 1});
    visit("updates_per_step", self.updates_per_step, Interval{1, 1e4});
    visit("warmup_steps", self.warmup_steps, Interval{0, 1e9});
    visit("epsilon", self.epsilon, Interval{0, 1});
    visit("batch_size", self.batch_size, Interval{0, 1e5});
    visit("seed", self.seed, at_least(0));
    visit("log_every", self.log_every, at_least(0));
    visit("evaluate_every", self.evaluate_every, at_least(0));
    visit("episodes", self.episodes, Interval{1, 1e5});
    visit("threads", self.threads, Interval{0, 1024});
  }

  /// Visits the options that are text.
  static void texts(auto& self, auto&& visit) {
    visit("checkpoint", self.checkpoint);
    visit("environment", self.environment);
    visit("dataset", self.dataset);
    visit("checkpoint_every", self.checkpoint_every);
  }
};

/// All values of an online run.
struct FinetunePlan {
  FinetuneOptions options;
  TrainPlan train;        ///< the offline run's, with the steps, rows, evaluations and files of the online one
  std::string source;     ///< the id of the offline run
  Index source_step = 0;  ///< the updates that it had done
  const holdfast::Checkpoint* beginning = nullptr;  ///< the offline run's; null for a run that is resumed
};

/// Returns the plan of a new run that goes on with the offline run of a checkpoint. `given` are the values of the
/// command line, those of the learner among them. Throws DataError if the checkpoint is of another program, and
/// ConfigError that names the source of a value that is refused, or that tells why this learner cannot go on online.
FinetunePlan plan_of(const holdfast::Checkpoint& offline, const std::vector<Given>& given);

/// Returns the plan of a run that goes on from its own checkpoint, `file`. Only the values that may change are taken
/// from `given`; the others must be as they were.
FinetunePlan resumed_plan(const std::string& file, const holdfast::Checkpoint& checkpoint,
                          const std::vector<Given>& given);

/// Returns all values as the text of a configuration file: the options, those of the offline run in the table
/// "offline", and the learner's settings.
std::string finetune_configuration(const FinetunePlan& plan, const holdfast::Settings& learner, const std::string& run);

}  // namespace tool
