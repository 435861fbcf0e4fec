/// \file
/// Options of the program, and the names of what it writes.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/checkpoint_interval.hpp"
#include "support/environments.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace mujoco_data {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

inline constexpr std::array<const char*, 5> kinds = {"random", "medium", "medium-replay", "medium-expert", "expert"};

struct Options {
  std::vector<std::string> environments{program::robots.begin(), program::robots.end()};
  std::vector<std::string> data{kinds.begin(), kinds.end()};
  std::filesystem::path out = "mujoco_data";
  Index rows = 1000000;          ///< transitions of each dataset but medium-replay; of each half of medium-expert
  Index online_steps = 1000000;  ///< environment steps of the training
  Index random_steps = 10000;    ///< the first of them, with random actions
  double medium_score = 35;      ///< normalized score at which the medium policy is taken
  Index evaluate_every = 5000;
  Index episodes = 10;
  std::string checkpoint_every = "300s";
  std::uint64_t seed = 1;
  int threads = program::default_threads();

  [[nodiscard]] bool asks_for(std::string_view kind) const {
    return std::find(data.begin(), data.end(), kind) != data.end();
  }
  /// Returns whether a dataset needs the policy at the end of the training.
  [[nodiscard]] bool needs_expert() const { return asks_for("expert") || asks_for("medium-expert"); }
  /// Returns whether a dataset needs the medium policy.
  [[nodiscard]] bool needs_medium() const {
    return asks_for("medium") || asks_for("medium-replay") || asks_for("medium-expert");
  }

  /// Returns the file of an environment's dataset, policy, curve or checkpoint.
  [[nodiscard]] std::filesystem::path file(const std::string& environment, const std::string& name) const {
    return out / (environment + "-" + name);
  }
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--environment", options.environments, "Robots to make data of")
      ->check(program::one_of(program::robots))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--data", options.data, "Kinds of data to make")
      ->check(program::one_of(kinds))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--out", options.out, "Folder for datasets, policies and training curves")->capture_default_str();
  app.add_option("--rows", options.rows,
                 "Transitions of each dataset, and of each half of medium-expert; medium-replay has those of the "
                 "training")
      ->check(program::range(1000, 100000000))
      ->capture_default_str();
  app.add_option("--online-steps", options.online_steps, "Steps of the online training that makes the expert")
      ->check(program::range(1000, 100000000))
      ->capture_default_str();
  app.add_option("--random-steps", options.random_steps, "First steps of the training, with random actions")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  app.add_option("--medium-score", options.medium_score, "Normalized score at which the medium policy is taken")
      ->check(program::range(-100.0, 1000.0))
      ->capture_default_str();
  app.add_option("--evaluate-every", options.evaluate_every, "Steps between evaluations of the policy in training")
      ->check(program::range(100, 100000000))
      ->capture_default_str();
  app.add_option("--episodes", options.episodes, "Episodes of each evaluation")
      ->check(program::range(1, 100000))
      ->capture_default_str();
  app.add_option("--checkpoint-every", options.checkpoint_every,
                 std::string("Steps ") + program::checkpoint_interval_help)
      ->type_name("N|Ns")
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  program::add_threads_option(app, options.threads, "Robots at a time; does not change results");
}

}  // namespace mujoco_data
