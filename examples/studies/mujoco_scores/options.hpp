/// \file
/// Options of the program, and the runs that they ask for.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace mujoco_scores {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program
namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> environments = {"half_cheetah"};
  std::vector<std::string> datasets = {"medium"};
  std::vector<std::string> algorithms = {"bc", "td3_bc", "iql"};
  fs::path data = "mujoco_data";
  fs::path out = "mujoco_scores";
  fs::path results;  ///< empty: scores.csv in `out`
  fs::path recipes = "examples/studies/mujoco_scores/recipes";
  fs::path published = "docs/results/published.csv";
  Index seeds = 3;
  Index first_seed = 1;
  Index updates = 1000000;
  Index evaluate_every = 50000;
  Index episodes = 10;
  int jobs = program::default_threads();

  [[nodiscard]] fs::path results_file() const { return results.empty() ? out / "scores.csv" : results; }
};

/// One run of the tool.
struct Job {
  std::string environment;
  std::string dataset;
  std::string algorithm;
  Index seed = 1;

  bool operator==(const Job&) const = default;

  /// Returns what its settings depend on.
  [[nodiscard]] std::array<std::string, 3> key() const { return {environment, dataset, algorithm}; }

  /// Returns a name for its folder and for messages.
  [[nodiscard]] std::string name() const { return message(environment, '-', dataset, '-', algorithm, '-', seed); }
};

/// Returns the runs that are asked for: the first seed of all of them comes first.
inline std::vector<Job> jobs_of(const Options& options) {
  std::vector<Job> jobs;
  for (Index i = 0; i < options.seeds; ++i)
    for (const std::string& environment : options.environments)
      for (const std::string& dataset : options.datasets)
        for (const std::string& algorithm : options.algorithms)
          jobs.push_back({environment, dataset, algorithm, options.first_seed + i});
  return jobs;
}

inline void add_options(CLI::App& app, Options& options) {
  const auto add_list = [&](const char* name, std::vector<std::string>& list, const char* help) {
    return app.add_option(name, list, help)->delimiter(',')->capture_default_str();
  };
  add_list("--environment", options.environments, "Environments");
  add_list("--dataset", options.datasets, "Datasets, as make_mujoco_data names them: random, medium, …");
  add_list("--algorithm", options.algorithms, "Algorithms")->check(program::one_of(Algorithms<>::names));
  app.add_option("--data", options.data, "Folder of the datasets, ENVIRONMENT-DATASET.hdf5")->capture_default_str();
  app.add_option("--out", options.out, "Folder for the runs")->capture_default_str();
  app.add_option("--results", options.results,
                 "Table to which each finished run adds a row (scores.csv in the folder)");
  app.add_option("--recipes", options.recipes,
                 "Folder of settings that are not the defaults: ALGORITHM.toml, and by_dataset.csv")
      ->capture_default_str();
  app.add_option("--published", options.published, "Table of published scores, to be shown beside those of the runs")
      ->check(CLI::ExistingFile)  // the default need not be there
      ->capture_default_str();
  app.add_option("--seeds", options.seeds, "Number of seeds")->check(program::range(1, 1000))->capture_default_str();
  app.add_option("--first-seed", options.first_seed, "First seed; the others follow it")
      ->check(program::range(0, 1000000))
      ->capture_default_str();
  app.add_option("--updates", options.updates, "Updates of each run")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  app.add_option("--evaluate-every", options.evaluate_every, "Updates between evaluations")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  app.add_option("--episodes", options.episodes, "Episodes of each evaluation")
      ->check(program::range(1, 100000))
      ->capture_default_str();
  app.add_option("--jobs", options.jobs, "Runs at a time, each on one core; does not change results")
      ->check(program::range(1, 1024))
      ->capture_default_str();
}

}  // namespace mujoco_scores
