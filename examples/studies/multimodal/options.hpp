/// \file
/// Options of the program.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace multimodal {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "multimodal";
  std::vector<std::string> parts = {"bandit", "maze", "stitching"};
  std::vector<std::string> algorithms;  ///< empty: all
  std::filesystem::path robot_data = "mujoco_data/half_cheetah-medium-expert.hdf5";
  Index seeds = 5;
  Index updates = 0;  ///< updates of each run; 0: those of its part
  std::uint64_t seed = 1;
  int threads = program::default_threads();
  bool resume = false;

  /// Returns whether the learner is among those asked for.
  [[nodiscard]] bool trains(const std::string& algorithm) const {
    return algorithms.empty() || is_among(algorithms, algorithm);
  }
};

inline void add_options(CLI::App& app, Options& options, const std::vector<std::string>& algorithms) {
  app.add_option("--out", options.out, "Folder for the table and the picture")->capture_default_str();
  app.add_option("--parts", options.parts, "Parts of the study; half_cheetah asks for --robot-data")
      ->check(program::one_of({"bandit", "maze", "stitching", "half_cheetah"}))
      ->capture_default_str();
  app.add_option("--algorithms", options.algorithms, "Learners (all)")->check(program::one_of(algorithms));
  app.add_option("--robot-data", options.robot_data, "Data of half_cheetah, such as make_mujoco_data makes them")
      ->capture_default_str();
  CLI::Option* const seeds =
      app.add_option("--seeds", options.seeds, "Number of seeds; each has data of its own, but for the robot")
          ->check(program::range(1, 1000))
          ->capture_default_str();
  CLI::Option* const updates =
      app.add_option("--updates", options.updates,
                     "Updates of each run (bandit 20,000; maze 10,000; stitching 12,000; half_cheetah 100,000)")
          ->check(program::range(1, 10000000));
  program::add_seed_option(app, options.seed, "First random seed; the others follow it");
  program::add_threads_option(app, options.threads, "Number of runs at a time; does not change results");
  app.add_flag("--resume", options.resume, "Go on where the same command was stopped: keep the finished rows");
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 1, options.updates = 200; }, "Small run: one seed of 200 updates")
      ->excludes(seeds)
      ->excludes(updates);
}

}  // namespace multimodal
