/// \file
/// `holdfast train`: trains any of the algorithms offline.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/learners/algorithms.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/checkpoint_interval.hpp"
#include "tool/acting.hpp"
#include "tool/commands.hpp"
#include "tool/run_command.hpp"
#include "tool/run_folder.hpp"
#include "tool/run_identity.hpp"
#include "tool/train_options.hpp"
#include "tool/train_run.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Arguments : RunArguments {
  std::string config;
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
      {"batch_size", "Transitions per update (not given: as the algorithm's authors; most have 256)"},
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
       "Standardize observations by the mean and deviation of the dataset, which are stored in the policy's file; "
       "default: off, but for td3_bc"},
      {"reward_scale",
       "Multiply the rewards that are learned from: a positive number, or returns: 1000 over the difference between "
       "the largest and the smallest return of the trajectories, as the authors of IQL do for locomotion"},
      {"reward_shift", "Add this to the rewards that are learned from, after the scale (-1 for sparse mazes)"},
      {"best_share",
       "Learn from this share of the trajectories only, those of the largest returns (percentile_bc: 0.1)"},
      {"validation_share",
       "Share of the data to hold out, as whole episodes; its errors are in metrics.csv, and nothing is learned from "
       "it"},
      {"keep_best", "Keep the policy of the best evaluation too, as best_policy.h5"},
      {"patience",
       "Evaluations without a better return after which the run ends; without an environment, rows without a lower "
       "validation_action_error, for algorithms without critics (0: never)"},
      {"stop_on_divergence",
       "End the run when predicted values leave what is attainable, or a loss, weights or a "
       "gradient grow without bound"},
      {"checkpoint_every", std::string("Updates ") + program::checkpoint_interval_help},
      {"threads",
       "Threads that share the work; does not change results (0: as many as there are cores, four at most)"}};
  return all;
}

constexpr const char* footer =
    "Files in DIR:\n"
    "  config.toml     all values of the run; --config DIR/config.toml repeats it\n"
    "  policy.h5       the policy at the last row of metrics.csv\n"
    "  best_policy.h5  with --keep-best, the policy of the best evaluation\n"
    "  checkpoint.h5   the whole state of the training; --resume goes on from it to the same bits\n"
    "  metrics.csv     a row every --log-every updates:\n"
    "    step, and all quantities that the learner reports\n"
    "    q_data_mean, q_data_max       predicted Q of the data's actions\n"
    "    q_policy_mean, q_policy_max   predicted Q of the policy's actions\n"
    "    action_distance  distance of the policy's actions from the data's at nearby states; for finite actions, the\n"
    "                     share that was not taken there\n"
    "    action_error     distance of the policy's actions from the data's at the same states\n"
    "    bellman_error    mean squared error of the critics' predictions from their targets\n"
    "    entropy          entropy of the policy\n"
    "    validation_bellman_error, validation_action_error   the same on the data that --validation-share holds out\n"
    "    departure        1: the policy's actions have left the data, or are not near it after 10000 updates: in the "
    "last\n"
    "                     three rows they were more than three times as far from it as the data's are from each "
    "other,\n"
    "                     and more than 0.2 in each component; empty where no action can be so far\n"
    "    warning          1: predicted values are heading outside [r_min, r_max] / (1 - discount)\n"
    "    explosion        1: predicted values are outside\n"
    "    instability      1: a loss, or the weights or gradient of a network, has grown without bound\n"
    "    return_mean, return_stderr, normalized_score   evaluation; empty in rows without one\n"
    "    run              the run's id, which is also in its other files\n"
    "r_min and r_max are the bounds on the environment's rewards (scaled and shifted), extended to include 0. Without "
    "--environment they "
    "are -r and r, where r is the largest absolute reward in the data.\n"
    "Exit code: 0 on success; 2 for bad arguments or data, or if training diverged; 130 if interrupted (143 and 129 "
    "for SIGTERM and SIGHUP).";

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

/// Returns all values given. `file` is that of the checkpoint that is resumed, if one is.
Sources sources(const Arguments& arguments, const std::string& file, const std::optional<Checkpoint>& resumed) {
  Sources all{.resumed = {}, .file = {}, .command_line = command_line(arguments)};
  if (!arguments.config.empty()) all.file = read_config(arguments.config);
  if (!resumed) return all;
  check_kind_of_run(file, *resumed, kind_of_training);
  check_learner_of_run(file, *resumed, all);
  all.resumed = parse_config(file, resumed->text("configuration"));
  return all;
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
  RunFolder folder = open_folder(arguments);
  const std::optional<Checkpoint> resumed = folder.checkpoint();
  const TrainPlan plan = resolve(sources(arguments, folder.file("checkpoint.h5"), resumed));
  set_threads(static_cast<int>(plan.options.threads));
  train({plan}, folder, resumed);
}

void add_options(OptionAdder& add) {
  std::string known;
  for (const std::string_view name : Algorithms<>::names) known.append(name).append("|");
  for (const std::string_view name : Algorithms<ActionIndices>::names)
    if (!is_among(Algorithms<>::names, name)) known.append(name).append("|");
  add.text("algorithm", known + "list");
  add.text("dataset", "FILE");
  add.environment();
  const TrainOptions defaults;
  add.text("checkpoint_every", "N|Ns")->default_str(defaults.checkpoint_every);
  add.text("reward_scale", "N|returns")->default_str(defaults.reward_scale);
  for (const ConstField& field : fields_of(defaults)) {
    const std::string key = field.path();
    if (field.text() == "false" || field.text() == "true") {
      add.flag(key, key == "normalize" ? "" : "; default: off");
      continue;
    }
    CLI::Option* const option = add.number(field);
    const bool of_algorithm = key == "batch_size" || key == "best_share";
    if (key != "steps" && !of_algorithm) option->default_str(field.text());
  }
}

}  // namespace

void add_train(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("train", "Trains a policy on a dataset alone");
  const auto arguments = std::make_shared<Arguments>();
  OptionAdder add(*command, *arguments, descriptions());
  add_options(add);
  add.common(
      "Values by name, of the learner (--algorithm list shows them) or of this command, for example --set "
      "critics.optimizer.learning_rate=1e-3 policy.network.hidden=[64,64]. If a KEY is given more than once, the last "
      "value wins");
  command
      ->add_option(
          "--config", arguments->config,
          "TOML file of values, such as another run's config.toml; it may hold the required ones. --set and the other "
          "options override it. Values that its steps implied (policy_optimizer.decay_steps, log_every, "
          "evaluate_every) follow --steps")
      ->type_name("FILE");
  command->add_flag("--markdown", arguments->markdown, "With --algorithm list: print the tables in Markdown");
  command->footer(footer);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace tool
