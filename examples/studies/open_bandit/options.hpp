/// \file
/// Options of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "studies/open_bandit/campaigns.hpp"
#include "support/program.hpp"

namespace bandit {

struct Options {
  std::filesystem::path log;
  std::filesystem::path truth;  ///< empty: none
  std::string policy = "bts";
  std::string campaign = "men";
  Index folds = 5;
  double clip = std::numeric_limits<double>::infinity();
  Index resamples = 10000;
  std::uint64_t seed = 1;
};

inline void add_options(CLI::App& app, Options& options) {
  app.add_option("--log", options.log, "Log to evaluate the policy on, a CSV file of the Open Bandit Dataset")
      ->required();
  app.add_option("--truth", options.truth, "Log of the evaluated policy itself to compare with, a CSV file");
  app.add_option("--policy", options.policy,
                 "Policy to evaluate: uniform, or Thompson sampling from the campaign's priors (bts)")
      ->check(program::one_of({"uniform", "bts"}))
      ->capture_default_str();
  app.add_option("--campaign", options.campaign, "Campaign of the logs")
      ->check(program::one_of(campaigns))
      ->capture_default_str();
  app.add_option("--folds", options.folds,
                 "Number of cross-fitting folds for the click rates of dm, dr and wdr; 1: no cross-fitting")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  app.add_option("--clip", options.clip, "Cap on the importance weights")->check(program::range(1e-6, 1e9));
  app.add_option("--resamples", options.resamples, "Number of bootstrap resamples")
      ->check(program::range(100, 100000))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
}

}  // namespace bandit
