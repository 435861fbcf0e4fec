/// \file
/// Options and warnings about the number types in a dataset's file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "holdfast/data/hdf5/precision.hpp"
#include "support/program.hpp"

namespace program {

/// The help of the option action_count.
inline constexpr const char* action_count_help =
    "Actions are the numbers of a finite set of so many, for files that hold them as floating-point numbers and do not "
    "say so; 0: as the file says";

/// Adds --action-count, for files that do not say that their actions are the numbers of a finite set.
inline CLI::Option* add_action_count_option(CLI::App& command, holdfast::Index& count) {
  return command.add_option("--action-count", count, action_count_help)
      ->check(range(holdfast::Index{0}, holdfast::D4rlOptions::most))
      ->capture_default_str();
}

/// Warns, a line each, of what the file holds in types that do not suit it.
inline void warn_of_storage(const std::string& file, holdfast::Index action_count) {
  for (const std::string& problem : holdfast::find_storage_problems(file, action_count)) warn(file + ": " + problem);
}

}  // namespace program
