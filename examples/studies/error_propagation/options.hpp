/// \file
/// Options of the program.
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
  double error = 1;        ///< initial value of the untried action
  Index collect_at = 30;   ///< backup before which the action is tried, in one of the runs
  double alpha = 1;        ///< CQL's α
  double expectile = 0.9;  ///< IQL's τ
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the table and the picture")->capture_default_str();
  CLI::Option* const states = app.add_option("--states", options.states, "Number of states in the chain")
                                  ->check(program::range(2, 1000))
                                  ->capture_default_str();
  CLI::Option* const backups = app.add_option("--backups", options.backups, "Number of backups")
                                   ->check(program::range(1, 100000))
                                   ->capture_default_str();
  app.add_option("--discount", options.discount, "Discount factor γ")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--error", options.error, "Initial value of the untried action; its true value is 0")
      ->check(program::range(1e-6, 1e6))
      ->capture_default_str();
  CLI::Option* const collect_at =
      app.add_option("--collect-at", options.collect_at, "Backup before which the action is tried once, in one run")
          ->check(program::range(1, 100000))
          ->capture_default_str();
  app.add_option("--alpha", options.alpha, "Weight α of CQL's penalty")
      ->check(program::range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--expectile", options.expectile, "Expectile τ of IQL")
      ->check(program::range(0.001, 0.999))
      ->capture_default_str();
  app.add_flag_callback(
         "--quick", [&options] { options.states = 8, options.backups = 20, options.collect_at = 10; },
         "Small run: 8 states, 20 backups, --collect-at 10")
      ->excludes(states)
      ->excludes(backups)
      ->excludes(collect_at);
}

/// Throws ConfigError if the action would never be tried in the run that should try it.
inline void check(const Options& options) {
  if (options.collect_at > options.backups)
    throw ConfigError(
        message("--collect-at must be at most --backups, ", options.backups, ", but is ", options.collect_at));
}

}  // namespace chain
