/// \file
/// Options of the program.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "studies/stitching/data_kinds.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace stitching {

struct Options {
  std::filesystem::path out = "stitching";
  std::vector<std::string> mazes = {"grid", "maze"};
  std::vector<std::string> datasets;    ///< empty: all
  std::vector<std::string> algorithms;  ///< empty: all
  Index seeds = 5;
  Index updates = 0;  ///< updates of each run; 0: those of `updates_of`
  std::uint64_t seed = 1;
  int threads = program::default_threads();
  bool resume = false;

  /// Returns whether the dataset is among those asked for.
  [[nodiscard]] bool has(const std::string& dataset) const { return datasets.empty() || is_among(datasets, dataset); }
  /// Returns whether the algorithm is among those asked for.
  [[nodiscard]] bool trains(const std::string& algorithm) const {
    return algorithms.empty() || is_among(algorithms, algorithm);
  }
};

/// Returns the names of all kinds of data.
inline std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const DataKind& kind : data_kinds(true)) names.push_back(kind.name);
  return names;
}

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the table, the value maps and the pictures")->capture_default_str();
  app.add_option("--mazes", options.mazes, "Worlds: grid (exact), maze (point mass)")
      ->check(program::one_of({"grid", "maze"}))
      ->capture_default_str();
  app.add_option("--datasets", options.datasets, "Kinds of data (all)")->check(program::one_of(dataset_names()));
  app.add_option("--algorithms", options.algorithms, "Algorithms (all)")
      ->check(program::one_of(
          {"bc", "percentile_bc", "dqn", "sac", "awac", "td3_bc", "iql", "cql", "iql_exact", "cql_exact"}));
  CLI::Option* const seeds = app.add_option("--seeds", options.seeds, "Number of seeds; each has data of its own")
                                 ->check(program::range(1, 1000))
                                 ->capture_default_str();
  CLI::Option* const updates = app.add_option("--updates", options.updates,
                                              "Updates of each run (grid 15,000; maze 6,000, of SAC and CQL 12,000)")
                                   ->check(program::range(1, 10000000));
  program::add_seed_option(app, options.seed, "First random seed; the others follow it");
  program::add_threads_option(app, options.threads, "Number of runs at a time; does not change results");
  app.add_flag("--resume", options.resume, "Go on where the same command was stopped: keep the finished rows");
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 1, options.updates = 500; }, "Small run: one seed of 500 updates")
      ->excludes(seeds)
      ->excludes(updates);
}

}  // namespace stitching
