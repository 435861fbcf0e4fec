/// \file
/// What the user may choose.
#pragma once

#include <filesystem>

#include "support/program.hpp"

namespace chain {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "error_propagation";
  Index states = 20;
  Index backups = 60;
  double discount = 0.95;
  double error = 1;        ///< where the untried action's value begins
  Index collect_at = 30;   ///< the backup before which the action is tried, in one of the runs
  double alpha = 1;        ///< of CQL
  double expectile = 0.9;  ///< of IQL
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the table and the picture")->capture_default_str();
  CLI::Option* const states = app.add_option("--states", options.states, "Length of the chain")
                                  ->check(program::range(2, 1000))
                                  ->capture_default_str();
  CLI::Option* const backups = app.add_option("--backups", options.backups, "Times that the values are backed up")
                                   ->check(program::range(1, 100000))
                                   ->capture_default_str();
  app.add_option("--discount", options.discount, "γ")->check(program::range(0.0, 1.0))->capture_default_str();
  app.add_option("--error", options.error, "Where the value of the untried action begins; it is worth 0")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  CLI::Option* const collect_at =
      app.add_option("--collect-at", options.collect_at, "The backup before which the action is tried once, in one run")
          ->check(program::range(1, 100000))
          ->capture_default_str();
  app.add_option("--alpha", options.alpha, "Weight of CQL's penalty")
      ->check(program::range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--expectile", options.expectile, "τ of IQL")
      ->check(program::range(0.001, 0.999))
      ->capture_default_str();
  app.add_flag_callback(
         "--quick", [&options] { options.states = 8, options.backups = 20, options.collect_at = 10; },
         "Eight states, 20 backups")
      ->excludes(states)
      ->excludes(backups)
      ->excludes(collect_at);
}

/// Throws ConfigError where the action is never tried in the run in which it should be.
inline void check(const Options& options) {
  if (options.collect_at > options.backups)
    throw ConfigError(
        message("--collect-at must be at most --backups, ", options.backups, ", but is ", options.collect_at));
}

}  // namespace chain
