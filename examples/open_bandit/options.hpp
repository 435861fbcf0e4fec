/// \file
/// The options of the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "open_bandit/campaigns.hpp"
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
  app.add_option("--log", options.log, "CSV file of the Open Bandit Dataset, of which the policy is evaluated")
      ->required();
  app.add_option("--truth", options.truth, "CSV file of what the evaluated policy itself showed, to compare with");
  app.add_option("--policy", options.policy,
                 "What is evaluated: every item alike, or Thompson sampling from the campaign's priors")
      ->check(program::one_of({"uniform", "bts"}))
      ->capture_default_str();
  app.add_option("--campaign", options.campaign, "Of which the logs are")
      ->check(program::one_of(campaigns))
      ->capture_default_str();
  app.add_option("--folds", options.folds, "Of the click rates of dm, dr and wdr; 1: fitted to the lines they judge")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  app.add_option("--clip", options.clip, "The largest weight; others count as that")->check(program::range(1e-6, 1e9));
  app.add_option("--resamples", options.resamples, "Of the bootstrap, from which the intervals are")
      ->check(program::range(100, 100000))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Of folds and resamples");
}

}  // namespace bandit
