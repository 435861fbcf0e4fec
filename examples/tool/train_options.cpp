#include "tool/train_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "holdfast/core/nearest.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/checkpoint_interval.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "tool/acting.hpp"
#include "tool/toml.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

bool contains(const Settings& settings, const std::string& key) {
  return std::any_of(settings.begin(), settings.end(), [&](const auto& each) { return each.first == key; });
}

std::vector<std::string> known_names(const Settings& learner) {
  std::vector<std::string> names = option_names<TrainOptions>();
  for (const auto& [name, value] : learner) names.push_back(name);
  return names;
}

/// Throws ConfigError for the first key that is not known.
void refuse_unknown(const std::vector<Given>& given, const std::vector<std::string>& known) {
  for (const Given& each : given)
    if (!is_among(known, each.key)) throw ConfigError(message(each.source, ": ", there_is_no("", each.key, known)));
}

/// Adds a value for a key that is not one of the tool's own options to the learner's settings. Throws ConfigError if
/// the learner has no such setting.
void set_learner(const Given& given, const Settings& defaults, TrainPlan& plan) {
  if (contains(defaults, given.key)) {
    plan.learner.emplace_back(given.key, given.value);
    return;
  }
  const std::string why = with_actions(plan.finite, [&]<class Actions>() {
    return holdfast::absent_setting<Actions>(plan.options.algorithm, given.key);
  });
  if (!why.empty())
    throw ConfigError(message(given.source, ": ", why, " (algorithm \"", plan.options.algorithm, "\")"));
  refuse_unknown({given}, known_names(defaults));
}

/// Returns the defaults of an algorithm for this kind of actions. Throws ConfigError if there is no such algorithm.
Settings defaults_of(const std::string& algorithm, bool finite, const std::string& dataset) {
  try {
    return with_actions(finite, [&]<class Actions>() { return holdfast::default_settings<Actions>(algorithm); });
  } catch (const ConfigError& error) {
    const bool other = is_among(Algorithms<ActionIndices>::names, algorithm);
    if (finite) throw ConfigError(message(error.what(), " (", dataset, " has actions of a finite set)"));
    if (other && !dataset.empty())
      throw ConfigError(message(error.what(), " (", dataset, " has continuous actions, ", algorithm,
                                " is for those of a finite set)"));
    throw;
  }
}

/// Throws ConfigError for a key that no algorithm has. Called if no algorithm is given, since the key may be a
/// misspelled "algorithm".
void refuse_unknown_to_all(const std::vector<Given>& given) {
  Settings all;
  const auto add = [&]<class Actions>() {
    for (const std::string_view algorithm : Algorithms<Actions>::names)
      for (auto& setting : holdfast::default_settings<Actions>(algorithm))
        if (!contains(all, setting.first)) all.push_back(std::move(setting));
  };
  add.template operator()<Matrix<float>>();
  add.template operator()<ActionIndices>();
  refuse_unknown(given, known_names(all));
}

/// Removes the values that were implied by the file's own steps, if it gives any: they follow the steps of the plan.
void remove_implied(std::vector<Given>& file) {
  const auto number = [](const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); };
  const std::string steps = last_value(file, "steps");
  const auto interval = number(last_value(file, "log_every"));
  if (steps.empty()) return;
  std::erase_if(file, [&](const Given& each) {
    return (each.key == "policy_optimizer.decay_steps" && each.value == steps) ||
           (each.key == "log_every" && number(each.value) == row_interval(number(steps))) ||
           (each.key == "evaluate_every" && number(each.value) == evaluation_interval(interval));
  });
}

/// Checks all values. The error about a refused value names its source.
void check(const TrainPlan& plan, const std::vector<Given>& given) {
  try {
    check_fields(plan.options);
    static_cast<void>(program::CheckpointInterval(plan.options.checkpoint_every));
    static_cast<void>(reward_factor(plan.options.reward_scale));
    with_actions(plan.finite, [&]<class Actions>() {
      static_cast<void>(holdfast::make_learner<Actions>(plan.options.algorithm, plan.learner, {1, 1}, 1));
    });
  } catch (const ConfigError& error) {
    const std::string_view text = error.what();
    const auto source = std::find_if(given.rbegin(), given.rend(), [&](const Given& each) {
      return text.starts_with(each.key + " must") || text.starts_with("each of " + each.key + " must");
    });
    if (source == given.rend()) throw;
    throw ConfigError(message(source->source, ": ", text));
  }
}

/// Throws ConfigError if an option needs evaluations and there is no environment for them.
void require_environment(const TrainOptions& options) {
  if (!options.environment.empty()) return;
  if (options.evaluate_every > 0)
    throw ConfigError("evaluate_every needs an environment to evaluate in: --environment");
  if (options.keep_best) throw ConfigError("keep_best needs an environment to evaluate in: --environment");
  if (options.patience > 0 && options.validation_share == 0)
    throw ConfigError("patience needs something to judge progress by: --environment, or, to clone, --validation-share");
}

void require_given(const std::vector<Given>& given, const std::string& key) {
  if (last_value(given, key).empty())
    throw ConfigError(message("--", key, " is missing: give it on the command line or in a --config file"));
}

}  // namespace

std::string last_value(const std::vector<Given>& given, std::string_view key) {
  const auto found = std::find_if(given.rbegin(), given.rend(), [&](const Given& each) { return each.key == key; });
  return found == given.rend() ? "" : found->value;
}

std::optional<double> reward_factor(const std::string& reward_scale) {
  if (reward_scale == "returns") return std::nullopt;
  double factor = 0;
  try {
    parse_field("reward_scale", reward_scale, factor);
  } catch (const ConfigError&) {
    factor = 0;
  }
  if (!(factor > 0) || !std::isfinite(factor))
    throw ConfigError(message("reward_scale must be a positive number or \"returns\", but is ", reward_scale));
  return factor;
}

const AlgorithmTraining& training_of(const std::string& algorithm, bool finite) {
  return finite ? Algorithms<ActionIndices>::find(algorithm).training : Algorithms<>::find(algorithm).training;
}

std::string setting_of(const TrainPlan& plan, std::string_view name) {
  const std::string& algorithm = plan.options.algorithm;
  Settings all = plan.finite ? default_settings<ActionIndices>(algorithm) : default_settings(algorithm);
  all.insert(all.end(), plan.learner.begin(), plan.learner.end());
  const auto last = std::find_if(all.rbegin(), all.rend(), [&](const auto& each) { return each.first == name; });
  return last == all.rend() ? "" : last->second;
}

bool needs_next_actions(const TrainPlan& plan) {
  return std::strtod(setting_of(plan, "value.distance_weight").c_str(), nullptr) > 0;
}

bool needs_returns_to_go(const TrainPlan& plan) { return setting_of(plan, "penalty.calibrated") == "true"; }

std::string run_in_config(std::string_view first_line) {
  constexpr std::size_t digits = 16;
  const std::size_t at = first_line.find(run_mark);
  return at == std::string_view::npos ? "" : std::string(first_line.substr(at + run_mark.size(), digits));
}

std::vector<Given> parse_config(const std::string& file, std::string_view text) {
  const bool of_tool =
      text.starts_with(config_beginning) && text.substr(0, text.find('\n')).find(run_mark) < text.size();
  if (of_tool && !text.ends_with(config_end))
    throw DataError(message(file, ": expected \"", config_end.substr(0, config_end.size() - 1),
                            "\" as its last line, found none: the file was cut short"));
  std::vector<Given> given;
  std::set<std::string> seen;
  for (auto& [key, value] : program::TomlReader::read(file, text)) {
    if (!seen.insert(key).second) throw ConfigError(message(file, ": ", key, " is given twice"));
    given.push_back({file, key, std::move(value)});
  }
  return given;
}

std::vector<Given> read_config(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_other(std::filesystem::status(file, ignored)))  // reading it could wait forever
    throw DataError(file + ": expected a configuration file, found a pipe or a device; save it as a file");
  std::ifstream stream = program::open_to_read(file, "a configuration file");
  // Enough to recognize binary data, which may be huge, before all of it is read.
  constexpr std::size_t beginning = 4096;
  std::string text(beginning, ' ');
  stream.read(text.data(), beginning);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  const auto refuse_binary = [&] {
    if (text.find('\0') != std::string::npos)
      throw DataError(file + ": expected a configuration file, which is text, found binary data");
  };
  refuse_binary();
  text += program::read_rest(file, stream);
  refuse_binary();
  return parse_config(file, text);
}

TrainPlan resolve(Sources sources) {
  remove_implied(sources.file);
  std::vector<Given> given = std::move(sources.resumed);
  given.insert(given.end(), sources.file.begin(), sources.file.end());
  given.insert(given.end(), sources.command_line.begin(), sources.command_line.end());
  if (last_value(given, "algorithm").empty()) refuse_unknown_to_all(given);
  require_given(given, "algorithm");
  TrainPlan plan;
  TrainOptions& options = plan.options;
  std::vector<Given> others;
  for (const Given& each : given)
    if (!set_option(options, each)) others.push_back(each);
  const program::Reading reading(options.dataset);
  plan.finite = !options.dataset.empty() && has_finite_actions(options.dataset, options.action_count);
  const Settings defaults = defaults_of(options.algorithm, plan.finite, options.dataset);
  const AlgorithmTraining& published = training_of(options.algorithm, plan.finite);
  if (last_value(given, "batch_size").empty()) options.batch_size = published.batch_size;
  if (last_value(given, "normalize").empty()) options.normalize = published.normalizes;
  if (last_value(given, "best_share").empty()) options.best_share = published.best_share;
  for (const Given& each : others) set_learner(each, defaults, plan);
  require_given(given, "dataset");
  require_given(given, "steps");
  check(plan, given);
  options.dataset = std::filesystem::absolute(options.dataset).lexically_normal().string();
  if (const auto factor = reward_factor(options.reward_scale)) options.reward_scale = format_number(*factor);
  if (options.threads == 0) options.threads = program::useful_threads();
  if (options.log_every == 0) options.log_every = row_interval(options.steps);
  require_environment(options);
  if (!options.environment.empty()) {
    const Index time_limit = with_actions(program::has_finite_actions(options.environment), [&]<class Actions>() {
      return program::make_environment<Actions>(options.environment).time_limit();
    });
    if (options.max_episode_steps == 0) options.max_episode_steps = time_limit;
    if (options.evaluate_every == 0) options.evaluate_every = evaluation_interval(options.log_every);
  }
  const Settings over = with_actions(
      plan.finite, [&]<class Actions>() { return scheduled_settings<Actions>(options.algorithm, options.steps); });
  for (const auto& setting : over)
    if (!contains(plan.learner, setting.first)) plan.learner.push_back(setting);
  return plan;
}

std::string to_toml(const TrainOptions& options, const Settings& learner, const std::string& run) {
  Settings all = option_settings(options);
  all.insert(all.end(), learner.begin(), learner.end());
  return configuration_text(all, run, "holdfast train --config THIS_FILE --out DIR repeats this run");
}

}  // namespace tool
