/// \file
/// `holdfast train`: trains any of the algorithms offline.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/learners/algorithms.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/setting.hpp"
#include "tool/acting.hpp"
#include "tool/commands.hpp"
#include "tool/storage.hpp"
#include "tool/train_options.hpp"
#include "tool/train_run.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Arguments {
  std::map<std::string, std::string> options;  ///< values as given, by their names in configuration files
  std::vector<std::string> settings;
  std::string config;
  std::string out;
  bool overwrite = false;
  bool markdown = false;
};

const std::map<std::string, std::string>& descriptions() {
  static const std::map<std::string, std::string> all = {
      {"algorithm",
       "Algorithm to train (required); list prints all algorithms, for continuous and for finite actions, with their "
       "defaults"},
      {"dataset", "File of the dataset, HDF5 in D4RL's layout (required)"},
      {"environment", "Environment in which the policy's mode is evaluated"},
      {"steps", "Number of updates (required)"},
      {"batch_size", "Transitions per update"},
      {"seed", "Random seed"},
      {"log_every", "Updates between rows of metrics.csv (0: about fifty rows)"},
      {"evaluate_every", "Updates between evaluations (0: every fifth row, if there is an environment)"},
      {"episodes", "Episodes per evaluation"},
      {"max_episode_steps",
       "Steps after which episodes were cut, for files without timeouts and next_observations (0: the environment's "
       "time limit, or never if there is no environment)"},
      {"action_limit", "Continuous actions beyond ± this are refused (policies act within ±1)"},
      {"action_count", program::action_count_help},
      {"normalize",
       "Standardize observations by the mean and deviation of the dataset, which are stored in the policy's file"},
      {"threads",
       "Threads that share the work; does not change results (0: as many as there are cores, four at most)"}};
  return all;
}

constexpr const char* footer =
    "Files in DIR:\n"
    "  config.toml  all values of the run; --config DIR/config.toml repeats it\n"
    "  policy.h5    the policy at the last row of metrics.csv\n"
    "  metrics.csv  a row every --log-every updates:\n"
    "    step, and all quantities that the learner reports\n"
    "    q_data_mean, q_data_max       predicted Q of the data's actions\n"
    "    q_policy_mean, q_policy_max   predicted Q of the policy's actions\n"
    "    action_distance  distance of the policy's actions from the data's at nearby states; for finite actions, the\n"
    "                     share that was not taken there\n"
    "    entropy          entropy of the policy\n"
    "    warning          1: predicted values are heading outside [r_min, r_max] / (1 - discount)\n"
    "    explosion        1: predicted values are outside\n"
    "    instability      1: a loss, or the weights or gradient of a network, has grown without bound\n"
    "    return_mean, return_stderr, normalized_score   evaluation; empty in rows without one\n"
    "r_min and r_max are the bounds on the environment's rewards, extended to include 0. Without --environment they "
    "are -r and r, where r is the largest absolute reward in the data.\n"
    "Exit code: 0 on success; 2 for bad arguments or data, or if training diverged; 130 if interrupted.";

std::string option_name(const std::string& key) {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

template <class Actions>
void print_table() {
  for (const AlgorithmRow& row : Algorithms<Actions>::rows) {
    std::printf("%s", message(row.name, ": ", row.type, " (", row.paper, ")\n  value rule: ", row.value,
                              "\n  critic penalty: ", row.penalty, "\n  policy improvement: ", row.improvement, "\n")
                          .c_str());
    const Settings over = scheduled_settings<Actions>(row.name, 1);
    for (const auto& setting : holdfast::default_settings<Actions>(row.name)) {
      const bool follows = std::ranges::any_of(over, [&](const auto& each) { return each.first == setting.first; });
      std::printf("    %s = %s%s\n", setting.first.c_str(), setting.second.c_str(),
                  follows ? "  # here: --steps, unless set" : "");
    }
  }
}

void print_tables() {
  print_table<Matrix<float>>();
  std::printf("\nwhere the dataset's actions are the numbers of a finite set:\n");
  print_table<ActionIndices>();
}

/// Returns the values given by --set and by options. Throws ConfigError if they contradict each other.
std::vector<Given> command_line(const Arguments& arguments) {
  std::vector<Given> given;
  for (const std::string& text : arguments.settings) {
    const auto [key, value] = program::parse_setting(text);
    const auto option = arguments.options.find(key);
    if (option != arguments.options.end() && option->second != value)
      throw ConfigError(message("--set ", key, "=", value, " contradicts the option ", option_name(key), ", which is ",
                                option->second, "; give one of them"));
    given.push_back({"--set", key, value});
  }
  for (const auto& [key, value] : arguments.options) given.push_back({"command line", key, value});
  return given;
}

void run(const Arguments& arguments) {
  const auto algorithm = arguments.options.find("algorithm");
  if (algorithm != arguments.options.end() && algorithm->second == "list") {
    if (arguments.markdown)
      std::printf("%s\n%s", markdown_table().c_str(), markdown_table<Algorithms<ActionIndices>>().c_str());
    else
      print_tables();
    return;
  }
  if (arguments.markdown) throw ConfigError("--markdown is for --algorithm list");
  std::vector<Given> file;
  if (!arguments.config.empty()) file = read_config(arguments.config);
  const TrainPlan plan = resolve(std::move(file), command_line(arguments));
  set_threads(static_cast<int>(plan.options.threads));
  if (arguments.out.empty()) throw ConfigError("--out is missing: the folder for the run's files");
  train(plan, arguments.out, arguments.overwrite);
}

/// Adds the option of a configuration key. Its value is kept as text, and only if it is given.
CLI::Option* add_option(CLI::App& command, Arguments& arguments, const std::string& key, const std::string& range) {
  return command.add_option_function<std::string>(
      option_name(key), [&arguments, key](const std::string& value) { arguments.options[key] = value; },
      descriptions().at(key) + (range.empty() ? "" : ", " + range));
}

void add_options(CLI::App& command, Arguments& arguments) {
  std::string known;
  for (const std::string_view name : Algorithms<>::names) known.append(name).append("|");
  for (const std::string_view name : Algorithms<ActionIndices>::names)
    if (!is_among(Algorithms<>::names, name)) known.append(name).append("|");
  std::string environments;
  for (const std::string_view name : BuiltInEnvironments::names)
    environments.append(environments.empty() ? "" : "|").append(name);
  add_option(command, arguments, "algorithm", "")->type_name(known + "list");
  add_option(command, arguments, "dataset", "")->type_name("FILE");
  add_option(command, arguments, "environment", "")->type_name(environments);
  const TrainOptions defaults;
  for (const ConstField& field : fields_of(defaults)) {
    if (field.path() == "normalize") continue;
    CLI::Option* const option = add_option(command, arguments, field.path(), field.interval().text())->type_name("N");
    if (field.path() != "steps") option->default_str(field.text());
  }
  command.add_flag_function(
      "--normalize,!--no-normalize",
      [&arguments](std::int64_t count) { arguments.options["normalize"] = count > 0 ? "true" : "false"; },
      descriptions().at("normalize") + "; default: off");
}

}  // namespace

void add_train(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("train", "Trains a policy on a dataset alone");
  const auto arguments = std::make_shared<Arguments>();
  add_options(*command, *arguments);
  command->add_option("--out", arguments->out, "Folder for metrics.csv, config.toml and policy.h5 (required)")
      ->type_name("DIR");
  command
      ->add_option(
          "--set", arguments->settings,
          "Values by name, of the learner (--algorithm list shows them) or of this command, for example --set "
          "critics.optimizer.learning_rate=1e-3 policy.network.hidden=[64,64]. If a KEY is given more than once, the "
          "last value wins")
      ->type_name("KEY=VALUE");
  command
      ->add_option(
          "--config", arguments->config,
          "TOML file of values, such as another run's config.toml; it may hold the required ones. --set and the other "
          "options override it. Values that its steps implied (policy_optimizer.decay_steps, log_every, "
          "evaluate_every) follow --steps")
      ->type_name("FILE");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an existing run in DIR");
  command->add_flag("--markdown", arguments->markdown, "With --algorithm list: print the tables in Markdown");
  command->footer(footer);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace tool
