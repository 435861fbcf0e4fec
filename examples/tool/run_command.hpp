/// \file
/// Shared parts of the commands that make a run, `train` and `finetune`: their options, and the folder of the run.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "support/environments.hpp"
#include "support/setting.hpp"
#include "tool/option_set.hpp"
#include "tool/run_folder.hpp"
#include "tool/storage.hpp"

namespace tool {

/// The arguments of such a command.
struct RunArguments {
  std::map<std::string, std::string> options;  ///< values as given, by their names in configuration files
  std::vector<std::string> settings;           ///< KEY=VALUE of --set
  std::string out;
  bool overwrite = false;
  bool resume = false;
};

/// Returns the values given by --set and by options. Throws ConfigError if they contradict each other.
inline std::vector<Given> command_line(const RunArguments& arguments) {
  std::vector<Given> given;
  for (const std::string& text : arguments.settings) {
    const auto [key, value] = program::parse_setting(text);
    const auto option = arguments.options.find(key);
    if (option != arguments.options.end() && option->second != value)
      throw holdfast::ConfigError(holdfast::message("--set ", key, "=", value, " contradicts the option ",
                                                    option_name(key), ", which is ", option->second,
                                                    "; give one of them"));
    given.push_back({"--set", key, value});
  }
  for (const auto& [key, value] : arguments.options) given.push_back({"command line", key, value});
  return given;
}

/// Opens the folder of the run. Throws ConfigError if none is given, or if it is to be overwritten and resumed too, and
/// like RunFolder.
inline RunFolder open_folder(const RunArguments& arguments) {
  if (arguments.out.empty()) throw holdfast::ConfigError("--out is missing: the folder for the run's files");
  if (arguments.overwrite && arguments.resume)
    throw holdfast::ConfigError("--overwrite begins a new run and --resume goes on with one: give one of them");
  return {arguments.out, arguments.overwrite ? Existing::overwritten
                         : arguments.resume  ? Existing::resumed
                                             : Existing::refused};
}

/// Adds the options of a command, each described by its key in `descriptions`. Values are kept as text, and only if
/// they are given.
class OptionAdder {
 public:
  OptionAdder(CLI::App& command, RunArguments& arguments, const std::map<std::string, std::string>& descriptions)
      : command_(command), arguments_(arguments), descriptions_(descriptions) {}

  CLI::Option* text(const std::string& key, const std::string& type, const std::string& range = "") {
    return command_
        .add_option_function<std::string>(
            option_name(key),
            [&arguments = arguments_, key](const std::string& value) { arguments.options[key] = value; },
            descriptions_.at(key) + (range.empty() ? "" : ", " + range))
        ->type_name(type);
  }

  CLI::Option* number(const holdfast::ConstField& field) { return text(field.path(), "N", field.interval().text()); }

  /// Adds a key that is true or false, as --KEY and --no-KEY.
  void flag(const std::string& key, const std::string& more) {
    const std::string name = option_name(key);
    command_.add_flag_function(
        name + ",!--no-" + name.substr(2),
        [&arguments = arguments_, key](std::int64_t count) { arguments.options[key] = count > 0 ? "true" : "false"; },
        descriptions_.at(key) + more);
  }

  /// Adds the option --environment, with the names that there are.
  void environment() {
    std::string names;
    for (const std::string_view name : program::environment_names())
      names.append(names.empty() ? "" : "|").append(name);
    text("environment", names);
  }

  /// Adds --out, --set, --overwrite, --resume, and the options about the files that are read.
  void common(const std::string& about_settings) {
    command_.add_option("--out", arguments_.out, "Folder for the run's files (required)")->type_name("DIR");
    command_.add_option("--set", arguments_.settings, about_settings)->type_name("KEY=VALUE");
    program::add_reading_options(command_);
    command_.add_flag("--overwrite", arguments_.overwrite,
                      "Replace an existing run in DIR, which stays whole until the new one is complete");
    command_.add_flag("--resume", arguments_.resume,
                      "Go on with the run in DIR from its checkpoint, to the same bits as if it had not been stopped; "
                      "all values are the run's own, and --steps may be more. Begins a run if there is none");
  }

 private:
  CLI::App& command_;
  RunArguments& arguments_;
  const std::map<std::string, std::string>& descriptions_;
};

}  // namespace tool
