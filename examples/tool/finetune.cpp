/// \file
/// `holdfast finetune`: goes on with an offline run in its environment.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/checkpoint_interval.hpp"
#include "support/untrusted.hpp"
#include "tool/commands.hpp"
#include "tool/finetune_options.hpp"
#include "tool/finetune_run.hpp"
#include "tool/run_command.hpp"
#include "tool/run_folder.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

const std::map<std::string, std::string>& online_descriptions() {
  static const std::map<std::string, std::string> all = {
      {"checkpoint", "Checkpoint of the offline run, its DIR/checkpoint.h5 (required)"},
      {"environment", "Environment to act and to be evaluated in (required)"},
      {"dataset", "File of the offline run's dataset, if it has been moved"},
      {"steps", "Number of environment steps (required)"},
      {"offline_share",
       "Share of each batch that comes from the dataset, such as 0.5; none: all transitions, of the dataset and of the "
       "environment, are equally likely"},
      {"updates_per_step", "Updates in each environment step"},
      {"warmup_steps", "First environment steps in which the policy acts and nothing is learned"},
      {"epsilon",
       "Probability of a uniformly random action, for finite actions; with 0 a greedy policy tries nothing new"},
      {"batch_size", "Transitions per update (0: the offline run's)"},
      {"seed", "Random seed of the environment, the exploration and the batches"},
      {"log_every", "Steps between rows of metrics.csv (0: about fifty rows)"},
      {"evaluate_every", "Steps between evaluations (0: every fifth row)"},
      {"episodes", "Episodes per evaluation"},
      {"checkpoint_every", std::string("Steps ") + program::checkpoint_interval_help},
      {"threads",
       "Threads that share the work; does not change results (0: as many as there are cores, four at most)"}};
  return all;
}

constexpr const char* online_footer =
    "Learner, optimizers and targets go on from the checkpoint; the data are prepared as the offline run prepared "
    "them, "
    "and so are the environment's observations and rewards. Learning rates that decayed go back to their full value, "
    "and "
    "stay there. The files in DIR are those of train, without best_policy.h5; metrics.csv begins with the rows of the "
    "offline run, if they are beside its checkpoint, and its first column, phase, tells which rows are offline (step "
    "counts updates) and which ones online (step counts environment steps).";

void go_on(const RunArguments& arguments) {
  RunFolder folder = open_folder(arguments);
  const std::vector<Given> given = command_line(arguments);
  const std::optional<Checkpoint> resumed = folder.checkpoint();
  const std::string source = last_value(given, "checkpoint");
  if (!resumed && source.empty()) throw ConfigError("--checkpoint is missing: the checkpoint of the offline run");
  const auto read = [&] {
    const program::Reading reading(source);
    return read_checkpoint(source);
  };
  const std::optional<Checkpoint> offline = resumed ? std::nullopt : std::optional(read());
  const FinetunePlan plan =
      resumed ? resumed_plan(folder.file("checkpoint.h5"), *resumed, given) : plan_of(*offline, given);
  set_threads(static_cast<int>(plan.options.threads));
  finetune(plan, folder, resumed);
}

}  // namespace

void add_finetune(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("finetune", "Goes on online with the run of a checkpoint");
  const auto arguments = std::make_shared<RunArguments>();
  OptionAdder add(*command, *arguments, online_descriptions());
  add.text("checkpoint", "FILE");
  add.environment();
  add.text("dataset", "FILE");
  const FinetuneOptions defaults;
  add.text("checkpoint_every", "N|Ns")->default_str(defaults.checkpoint_every);
  for (const ConstField& field : fields_of(defaults)) {
    CLI::Option* const option = add.number(field);
    if (field.path() != "steps") option->default_str(field.text());
  }
  add.common("Values of the learner that differ from the offline run's, for example --set penalty.alpha=1");
  command->footer(online_footer);
  command->callback([arguments] { go_on(*arguments); });
}

}  // namespace tool
