#include "tool/finetune_options.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "holdfast/core/nearest.hpp"
#include "holdfast/training/offline.hpp"
#include "support/checkpoint_interval.hpp"
#include "support/program.hpp"
#include "tool/acting.hpp"
#include "tool/run_identity.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

constexpr std::string_view offline_table = "offline.";
constexpr const char* source_key = "source";
constexpr const char* source_step_key = "source_step";

/// Returns the values of an online run's configuration that are of its offline run: the options, without the table's
/// name, and the learner's settings.
std::vector<Given> offline_values(const std::vector<Given>& configuration) {
  const std::vector<std::string> own = option_names<FinetuneOptions>();
  std::vector<Given> found;
  for (const Given& each : configuration) {
    if (each.key == source_key || each.key == source_step_key || is_among(own, each.key)) continue;
    const bool in_table = each.key.starts_with(offline_table);
    found.push_back({each.source, in_table ? each.key.substr(offline_table.size()) : each.key, each.value});
  }
  return found;
}

/// Returns the given values that are none of the command's own options. Throws ConfigError if one is an option of the
/// offline run.
std::vector<Given> learner_values(const std::vector<Given>& given) {
  const std::vector<std::string> own = option_names<FinetuneOptions>();
  const std::vector<std::string> offline = option_names<TrainOptions>();
  std::vector<Given> found;
  for (const Given& each : given) {
    if (is_among(own, each.key)) continue;
    if (is_among(offline, each.key))
      throw ConfigError(message(each.source, ": ", each.key, " is the offline run's and cannot be changed"));
    found.push_back(each);
  }
  return found;
}

/// Throws ConfigError, which tells why, if the learner cannot learn from its own actions.
void check_learner(const TrainPlan& plan, const std::string& checkpoint) {
  const auto has_critics = with_actions(plan.finite, [&]<class Actions>() {
    return holdfast::make_learner<Actions>(plan.options.algorithm, plan.learner, {1, 1}, 1).has_critics();
  });
  if (!has_critics)
    throw ConfigError(
        message(checkpoint, ": ", plan.options.algorithm,
                " has no critics, and would learn nothing from its own actions: finetune needs an actor-critic"));
  if (needs_next_actions(plan))
    throw ConfigError(message(checkpoint, ": ", plan.options.algorithm,
                              " with value.distance_weight above 0 needs the next action of each transition, which is "
                              "not known yet where it is learned from online: give --set value.distance_weight=0"));
}

void require_given(const std::string& value, const char* option) {
  if (value.empty()) throw ConfigError(message(option, " is missing"));
}

/// Resolves the values that are not given, and puts those of the online run in the place of the offline ones.
void complete(FinetunePlan& plan) {
  FinetuneOptions& online = plan.options;
  TrainOptions& options = plan.train.options;
  check_fields(online);
  static_cast<void>(program::CheckpointInterval(online.checkpoint_every));
  if (online.epsilon > 0 && !plan.train.finite)
    throw ConfigError("epsilon must be 0 for continuous actions, which the policy itself explores by");
  check_learner(plan.train, online.checkpoint);
  check_kind(online.checkpoint, plan.train.finite, online.environment, program::has_finite_actions(online.environment));
  if (online.threads == 0) online.threads = program::useful_threads();
  if (online.log_every == 0) online.log_every = row_interval(online.steps);
  if (online.evaluate_every == 0) online.evaluate_every = evaluation_interval(online.log_every);
  if (online.batch_size == 0) online.batch_size = options.batch_size;
  online.dataset = options.dataset;
  options.environment = online.environment;
  options.checkpoint_every = online.checkpoint_every;
  options.steps = online.steps;
  options.batch_size = online.batch_size;
  options.log_every = online.log_every;
  options.evaluate_every = online.evaluate_every;
  options.episodes = online.episodes;
  options.threads = online.threads;
  options.patience = 0;
  options.keep_best = false;
  options.stop_on_divergence = false;
}

/// Returns the plan of an offline run with these values, of which `given` override those of the learner.
TrainPlan offline_plan(std::vector<Given> values, const std::vector<Given>& given, const std::string& dataset) {
  Sources sources{.resumed = std::move(values), .file = {}, .command_line = learner_values(given)};
  if (!dataset.empty()) sources.command_line.push_back({"--dataset", "dataset", dataset});
  return resolve(std::move(sources));
}

/// Adds the values that let every learning rate stay what it was at first: one that has decayed would learn nothing.
void end_decays(std::vector<Given>& values) {
  std::vector<Given> ends;
  for (const Given& each : values)
    if (each.key.ends_with("decay_steps")) ends.push_back({"finetune", each.key, "0"});
  values.insert(values.end(), ends.begin(), ends.end());
}

/// Returns the number of updates that the offline run has done.
Index step_of(const std::string& file, const Checkpoint& offline) {
  OfflineTraining training({});
  try {
    offline.restore("training", training);
  } catch (const DataError& error) {
    throw DataError(file + ": " + error.what());
  }
  return training.step();
}

}  // namespace

FinetunePlan plan_of(const Checkpoint& offline, const std::vector<Given>& given) {
  FinetunePlan plan;
  for (const Given& each : given) set_option(plan.options, each);
  FinetuneOptions& options = plan.options;
  require_given(options.environment, "--environment");
  require_given(last_value(given, "steps"), "--steps");
  check_kind_of_run(options.checkpoint, offline, kind_of_training);
  options.checkpoint = std::filesystem::absolute(options.checkpoint).lexically_normal().string();
  std::vector<Given> values = parse_config(options.checkpoint, offline.text("configuration"));
  end_decays(values);
  plan.train = offline_plan(std::move(values), given, options.dataset);
  plan.source = offline.text("run");
  plan.source_step = step_of(options.checkpoint, offline);
  plan.beginning = &offline;
  complete(plan);
  return plan;
}

FinetunePlan resumed_plan(const std::string& file, const Checkpoint& checkpoint, const std::vector<Given>& given) {
  check_kind_of_run(file, checkpoint, kind_of_finetuning);
  FinetunePlan plan;
  const std::vector<Given> own = parse_config(file, checkpoint.text("configuration"));
  for (const Given& each : own) set_option(plan.options, each);
  const std::string dataset = last_value(given, "dataset");
  const Index batch_size = plan.options.batch_size;
  for (const Given& each : given)
    if (each.key != "dataset") set_option(plan.options, each);
  if (plan.options.batch_size == 0) plan.options.batch_size = batch_size;
  plan.options.checkpoint = std::filesystem::absolute(plan.options.checkpoint).lexically_normal().string();
  plan.train = offline_plan(offline_values(own), given, dataset);
  plan.source = last_value(own, source_key);
  parse_field(source_step_key, last_value(own, source_step_key), plan.source_step);
  complete(plan);
  return plan;
}

std::string finetune_configuration(const FinetunePlan& plan, const Settings& learner, const std::string& run) {
  Settings all = option_settings(plan.options);
  all.emplace_back(source_key, program::toml_string(plan.source));
  all.emplace_back(source_step_key, std::to_string(plan.source_step));
  const std::vector<std::string> own = option_names<FinetuneOptions>();
  for (auto& [name, value] : option_settings(plan.train.options))
    if (!is_among(own, name)) all.emplace_back(std::string(offline_table) + name, value);
  // Values of options that both have are the online run's, but for those that decide what the offline data are.
  all.emplace_back(std::string(offline_table) + "seed", std::to_string(plan.train.options.seed));
  all.emplace_back(std::string(offline_table) + "dataset", program::toml_string(plan.train.options.dataset));
  all.emplace_back(std::string(offline_table) + "steps", "1");
  all.insert(all.end(), learner.begin(), learner.end());
  return configuration_text(all, run, "made by holdfast finetune; --resume goes on with it");
}

}  // namespace tool
