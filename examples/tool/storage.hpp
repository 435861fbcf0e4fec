/// \file
/// Options about the files that a command reads, and warnings about the number types in a dataset's file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "holdfast/data/hdf5/other_files.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "support/program.hpp"
#include "support/untrusted.hpp"

namespace program {

/// The help text of the option action_count.
inline constexpr const char* action_count_help =
    "Number of actions in a finite set, for files that store action numbers as floating-point numbers and do not say "
    "so (0: as the file says)";

/// Adds --action-count, for files that do not say that their actions are the numbers of a finite set.
inline CLI::Option* add_action_count_option(CLI::App& command, holdfast::Index& count) {
  return command.add_option("--action-count", count, action_count_help)
      ->check(range(holdfast::Index{0}, holdfast::D4rlOptions::most))
      ->capture_default_str();
}

/// Adds --other-files and --untrusted, which have effect before the command runs.
inline void add_reading_options(CLI::App& command) {
  command.add_flag_callback(
      "--other-files", [] { holdfast::hdf5::allow_other_files(true); },
      "Allow datasets that take their numbers from other files");
  command.add_flag_callback(
      "--untrusted", [] { supervise(); },
      "Read files in a process of its own, with limited time and memory: a file that crashes it is an error in one "
      "line");
}

/// Prints a warning for each of the file's problems.
inline void warn_of_storage(const std::string& file, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) warn(holdfast::message(file, ": ", problem));
}

/// Prints a warning for each part of the file whose type does not suit it.
inline void warn_of_storage(const std::string& file, holdfast::Index action_count) {
  const Reading reading(file);
  warn_of_storage(file, holdfast::find_storage_problems(file, action_count));
}

}  // namespace program
