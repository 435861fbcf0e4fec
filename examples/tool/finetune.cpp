/// \file
/// `holdfast finetune`: goes on with an offline run in its environment.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/checkpoint_interval.hpp"
#include "support/environments.hpp"
#include "support/setting.hpp"
#include "tool/commands.hpp"
#include "tool/finetune_options.hpp"
#include "tool/finetune_run.hpp"
#include "tool/run_folder.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Arguments {
  std::map<std::string, std::string> options;  ///< values as given, by their names in configuration files
  std::vector<std::string> settings;
  std::string out;
  bool overwrite = false;
  bool resume = false;
};

const std::map<std::string, std::string>& descriptions() {
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

constexpr const char* footer =
    "Learner, optimizers and targets go on from the checkpoint; the data are prepared as the offline run prepared "
    "them, "
    "and so are the environment's observations and rewards. A learning rate of the policy that decayed does not decay "
    "further. The files in DIR are those of train; metrics.csv begins with the rows of the offline run, if they are "
    "beside its checkpoint, and its first column, phase, tells which rows are offline (step counts updates) and which "
    "ones online (step counts environment steps).";

std::vector<Given> command_line(const Arguments& arguments) {
  std::vector<Given> given;
  for (const std::string& setting : arguments.settings) {
    const auto [key, value] = program::parse_setting(setting);
    given.push_back({"--set", key, value});
  }
  for (const auto& [key, value] : arguments.options) given.push_back({"command line", key, value});
  return given;
}

void run(const Arguments& arguments) {
  if (arguments.out.empty()) throw ConfigError("--out is missing: the folder for the run's files");
  if (arguments.overwrite && arguments.resume)
    throw ConfigError("--overwrite begins a new run and --resume goes on with one: give one of them");
  RunFolder folder(arguments.out, arguments.overwrite ? Existing::overwritten
                                  : arguments.resume  ? Existing::resumed
                                                      : Existing::refused);
  const std::vector<Given> given = command_line(arguments);
  const std::optional<Checkpoint> resumed = folder.checkpoint();
  const std::string source = last_value(given, "checkpoint");
  if (!resumed && source.empty()) throw ConfigError("--checkpoint is missing: the checkpoint of the offline run");
  const std::optional<Checkpoint> offline = resumed ? std::nullopt : std::optional(read_checkpoint(source));
  const FinetunePlan plan =
      resumed ? resumed_plan(folder.file("checkpoint.h5"), *resumed, given) : plan_of(*offline, given);
  set_threads(static_cast<int>(plan.options.threads));
  finetune(plan, folder, resumed);
}

CLI::Option* add_option(CLI::App& command, Arguments& arguments, const std::string& key, const std::string& range) {
  return command.add_option_function<std::string>(
      option_name(key), [&arguments, key](const std::string& value) { arguments.options[key] = value; },
      descriptions().at(key) + (range.empty() ? "" : ", " + range));
}

void add_options(CLI::App& command, Arguments& arguments) {
  std::string environments;
  for (const std::string_view name : program::environment_names())
    environments.append(environments.empty() ? "" : "|").append(name);
  add_option(command, arguments, "checkpoint", "")->type_name("FILE");
  add_option(command, arguments, "environment", "")->type_name(environments);
  add_option(command, arguments, "dataset", "")->type_name("FILE");
  const FinetuneOptions defaults;
  add_option(command, arguments, "checkpoint_every", "")->type_name("N|Ns")->default_str(defaults.checkpoint_every);
  for (const ConstField& field : fields_of(defaults)) {
    CLI::Option* const option = add_option(command, arguments, field.path(), field.interval().text())->type_name("N");
    if (field.path() != "steps") option->default_str(field.text());
  }
}

}  // namespace

void add_finetune(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("finetune", "Goes on online with the run of a checkpoint");
  const auto arguments = std::make_shared<Arguments>();
  add_options(*command, *arguments);
  command->add_option("--out", arguments->out, "Folder for the run's files (required)")->type_name("DIR");
  command
      ->add_option("--set", arguments->settings,
                   "Values of the learner that differ from the offline run's, for example --set penalty.alpha=1")
      ->type_name("KEY=VALUE");
  program::add_reading_options(*command);
  command->add_flag("--overwrite", arguments->overwrite,
                    "Replace an existing run in DIR, which stays whole until the new one is complete");
  command->add_flag(
      "--resume", arguments->resume,
      "Go on with the run in DIR from its checkpoint, to the same bits as if it had not been stopped; all "
      "values are the run's own, and --steps may be more. Begins a run if there is none");
  command->footer(footer);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace tool
