/// \file
/// Sets and lists the options of a command by name, and writes a run's configuration.
///
/// The options are a struct with `fields(self, visit)` for numbers and flags (core/fields.hpp), and `texts(self,
/// visit)` for text, both by their names in configuration files.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/training/any_learner.hpp"
#include "tool/toml.hpp"

namespace tool {

/// A value that the user gave, and its source: "--set", "command line", or a file.
struct Given {
  std::string source;
  std::string key;
  std::string value;
};

/// Sets the option of that name. Returns false if there is none. Throws ConfigError that names the source of the value.
template <class Options>
bool set_option(Options& options, const Given& given) {
  bool found = false;
  Options::texts(options, [&](const char* name, std::string& text) {
    if (given.key != name) return;
    text = given.value;
    found = true;
  });
  for (const holdfast::Field& field : holdfast::fields_of(options)) {
    if (given.key != field.path()) continue;
    found = true;
    try {
      field.set(given.value);
    } catch (const holdfast::ConfigError& error) {
      throw holdfast::ConfigError(holdfast::message(given.source, ": ", error.what()));
    }
  }
  return found;
}

/// Returns all options with their values as in TOML.
template <class Options>
holdfast::Settings option_settings(const Options& options) {
  holdfast::Settings all;
  Options::texts(
      options, [&](const char* name, const std::string& text) { all.emplace_back(name, program::toml_string(text)); });
  for (auto& field : holdfast::list_fields(options)) all.push_back(std::move(field));
  return all;
}

/// Returns the names of all options.
template <class Options>
std::vector<std::string> option_names() {
  std::vector<std::string> names;
  for (const auto& [name, value] : option_settings(Options{})) names.push_back(name);
  return names;
}

/// Returns the option of the command line for a key: "--log-every" for "log_every".
inline std::string option_name(const std::string& key) {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// In each configuration that the tool writes, so that one that was cut short is recognized.
inline constexpr std::string_view config_beginning = "# holdfast ";
inline constexpr std::string_view run_mark = ", run ";
inline constexpr std::string_view config_end = "# end of the configuration\n";

/// Returns settings as the text of a configuration file with a table for each beginning of a name. `how` tells how to
/// repeat the run whose id is `run`.
std::string configuration_text(const holdfast::Settings& settings, const std::string& run, const std::string& how);

}  // namespace tool
