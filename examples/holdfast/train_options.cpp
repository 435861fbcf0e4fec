#include "holdfast/train_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/version.hpp"
#include "support/learners.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// Sets the option of that name; false where there is none.
bool set_option(TrainOptions& options, const std::string& key, const std::string& value) {
  bool found = false;
  TrainOptions::texts(options, [&](const char* name, std::string& text) {
    if (key != name) return;
    text = value;
    found = true;
  });
  for_each_field(options, [&](const std::string& name, auto&, const Interval&) { found = found || key == name; });
  if (found && std::string_view("algorithm dataset environment").find(key) == std::string_view::npos)
    set_field(options, key, value);
  return found;
}

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  TrainOptions options;
  TrainOptions::texts(options, [&](const char* name, const std::string&) { names.emplace_back(name); });
  for_each_field(options, [&](const std::string& name, auto&, const Interval&) { names.push_back(name); });
  return names;
}

bool contains(const Settings& settings, const std::string& key) {
  return std::any_of(settings.begin(), settings.end(), [&](const auto& each) { return each.first == key; });
}

/// The last value given to `key`, empty where there is none.
std::string last(const std::vector<Given>& given, const std::string& key) {
  const auto found = std::find_if(given.rbegin(), given.rend(), [&](const Given& each) { return each.key == key; });
  return found == given.rend() ? "" : found->value;
}

void apply(const Given& given, const Settings& defaults, TrainPlan& plan) {
  try {
    if (set_option(plan.options, given.key, given.value)) return;
  } catch (const ConfigError& error) {
    throw ConfigError(message(given.source, ": ", error.what()));
  }
  if (contains(defaults, given.key)) {
    plan.learner.emplace_back(given.key, given.value);
    return;
  }
  std::vector<std::string> known = option_names();
  for (const auto& [name, value] : defaults) known.push_back(name);
  throw ConfigError(
      message(given.source, ": there is no \"", given.key, "\"; did you mean \"", nearest(given.key, known), "\"?"));
}

void require_given(const std::vector<Given>& given, const std::string& key) {
  if (last(given, key).empty())
    throw ConfigError(message("--", key, " is missing: give it on the command line or in a --config file"));
}

std::string quoted(const std::string& key, const std::string& text) {
  if (std::any_of(text.begin(), text.end(),
                  [](unsigned char c) { return c < ' ' || c == '"' || c == '#' || c == '\\'; }))
    throw ConfigError(message(key,
                              " must be without quotes, #, backslashes and control characters, which "
                              "configuration files do not hold, but is ",
                              text));
  return '"' + text + '"';
}

}  // namespace

std::vector<Given> read_config(const std::string& file) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file))
    throw DataError(file + ": expected a configuration file, found none that can be read");
  std::vector<Given> given;
  std::set<std::string> seen;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(stream)) {
    if (item.name == "++" || item.name == "--") continue;  // where tables begin and end
    const std::string key = item.fullname();
    if (!seen.insert(key).second) throw ConfigError(message(file, ": ", key, " is given twice"));
    given.push_back({file, key, CLI::detail::join(item.inputs, ", ")});
  }
  return given;
}

Given parse_setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw ConfigError(message("--set: expected key=value, found \"", text, "\""));
  return {"--set", std::string(detail::trimmed(text.substr(0, equals))),
          std::string(detail::trimmed(text.substr(equals + 1)))};
}

TrainPlan resolve(const std::vector<Given>& given) {
  require_given(given, "algorithm");
  const Settings defaults = program::default_settings(last(given, "algorithm"));
  TrainPlan plan;
  for (const Given& each : given) apply(each, defaults, plan);
  require_given(given, "dataset");
  require_given(given, "steps");
  TrainOptions& options = plan.options;
  check_fields(options);
  options.dataset = std::filesystem::absolute(options.dataset).lexically_normal().string();
  static_cast<void>(quoted("dataset", options.dataset));
  if (options.log_every == 0) options.log_every = std::max<Index>(1, options.steps / 50);
  if (options.environment.empty() && options.evaluate_every > 0)
    throw ConfigError("evaluate_every needs an environment to evaluate in: --environment");
  if (!options.environment.empty()) static_cast<void>(make_environment(options.environment));
  if (!options.environment.empty() && options.evaluate_every == 0) options.evaluate_every = 5 * options.log_every;
  if (options.algorithm == "iql" && !contains(plan.learner, "policy_decay_steps"))
    plan.learner.emplace_back("policy_decay_steps", std::to_string(options.steps));
  return plan;
}

std::string to_toml(const TrainOptions& options, const Settings& learner) {
  std::string text =
      message("# holdfast ", version, ": holdfast train --config THIS_FILE --out DIR repeats this run\n");
  TrainOptions::texts(options, [&](const char* name, const std::string& value) {
    text += message(name, " = ", quoted(name, value), "\n");
  });
  for (const auto& [name, value] : list_fields(options)) text += message(name, " = ", value, "\n");

  // What is in no table must come before the first.
  std::vector<std::pair<std::string, std::string>> tables = {{"", ""}};
  for (const auto& [path, value] : learner) {
    const auto dot = path.rfind('.');
    const std::string table = dot == std::string::npos ? "" : path.substr(0, dot);
    const std::string line = message(dot == std::string::npos ? path : path.substr(dot + 1), " = ", value, "\n");
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& each) { return each.first == table; });
    if (found == tables.end())
      tables.emplace_back(table, line);
    else
      found->second += line;
  }
  for (const auto& [table, lines] : tables) text += table.empty() ? lines : message("\n[", table, "]\n", lines);
  return text;
}

}  // namespace tool
