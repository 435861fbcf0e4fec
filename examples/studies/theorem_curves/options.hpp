/// \file
/// Options of the program, and the random processes of both curves.
#pragma once

#include <cstdint>
#include <filesystem>

#include "holdfast/environments/tabular/random_mdp.hpp"
#include "support/work_queue.hpp"

namespace curves {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

struct Options {
  std::filesystem::path out = "theorem_curves";
  Index worlds = 100;  ///< number of random processes
  Index draws = 50;    ///< transitions of the rarest action in each state
  double confidence = 0.9;
  double discount = 0.9;
  std::uint64_t seed = 1;
  int threads = program::default_threads();
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Folder for the tables and the picture")->capture_default_str();
  CLI::Option* const worlds =
      app.add_option("--worlds", options.worlds, "Number of random processes, each with a dataset")
          ->check(program::range(2, 100000))
          ->capture_default_str();
  app.add_option("--draws", options.draws, "Transitions of the rarest action in each state")
      ->check(program::range(1, 100000))
      ->capture_default_str();
  app.add_option("--confidence", options.confidence, "Probability with which CQL's bound is to hold")
      ->check(program::range(0.01, 0.9999))
      ->capture_default_str();
  app.add_option("--discount", options.discount, "Discount factor γ")
      ->check(program::range(0.0, 0.99))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  program::add_threads_option(app, options.threads, "Number of processes at a time; does not change results");
  app.add_flag_callback(
         "--quick", [&options] { options.worlds = 10; }, "Small run: ten processes")
      ->excludes(worlds);
}

constexpr Index states = 6;
constexpr Index actions = 3;
constexpr Index resolution = 4;

/// Returns a random process: rewards in [0, 1], two next states for each action, and a probability of 1/4 to end at
/// each step.
inline TabularMdp random_world(const Options& options, std::size_t world) {
  Generator generator(options.seed, Stream::environment, static_cast<std::uint32_t>(world));
  return random_mdp({.states = states,
                     .actions = actions,
                     .branching = 2,
                     .resolution = resolution,
                     .termination = 0.25,
                     .rewards = RewardLaw::uniform},
                    generator);
}

}  // namespace curves
