/// \file
/// Options and results of `holdfast ope`.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/estimators.hpp"
#include "holdfast/training/rollout.hpp"

namespace tool {

/// The available estimators. A program with an estimator of its own has `holdfast::Estimators::With<MyEstimator>` here.
using OpeEstimators = holdfast::Estimators;

struct OpeOptions {
  std::string dataset;
  std::vector<std::string> policies;
  std::vector<std::string> estimators;  ///< empty: those that the policies and the data allow
  std::string behavior = "recorded";    ///< "recorded", "estimate", or a policy's file
  double discount = 0.99;
  std::string horizon = "recorded";  ///< "recorded", "infinite", or a number of steps
  double clip = std::numeric_limits<double>::infinity();
  std::string interval = "bca";
  double confidence = 0.95;
  holdfast::Index resamples = 1000;
  std::vector<double> reward_range;  ///< empty, or the lowest and the highest reward
  std::string q = "auto";            ///< "auto", "linear" or "neural"
  holdfast::Index folds = 2;
  holdfast::Index steps = 20000;
  holdfast::Index batch_size = 256;
  std::vector<holdfast::Index> hidden = {64, 64};
  double learning_rate = 1e-3;
  holdfast::Index max_episode_steps = 0;
  double action_limit = 1;
  holdfast::Index action_count = 0;
  holdfast::Index validate_episodes = 0;
  std::string environment;
  std::uint64_t seed = 1;
  bool json = false;
};

/// The results for one policy.
struct OpeResult {
  std::string policy;
  std::vector<holdfast::PolicyEstimate> estimates;
  std::optional<holdfast::Overlap> overlap;  ///< overlap of the weights; empty if there are none
  std::vector<std::string> warnings;         ///< about the policy, for every estimator
  bool validated = false;                    ///< true if episodes were run
  holdfast::Estimate episodes;               ///< their mean value
  std::vector<holdfast::Estimate> combined;  ///< each estimate combined with the episodes; NaN if its error is unknown
};

/// The results for all policies.
struct OpeResults {
  std::string estimand;  ///< description of the estimand
  holdfast::Index trajectories = 0;
  holdfast::Index dropped = 0;      ///< trajectories left out because they broke off
  holdfast::Index behind_gaps = 0;  ///< transitions left out because they may begin inside an episode
  std::vector<OpeResult> policies;
};

/// Evaluates the policies. Throws the errors of reading, fitting and estimating. If interrupted, returns the policies
/// that are complete.
OpeResults run_ope(const OpeOptions& options);

/// Prints the table and the rankings, or one JSON list.
void report_ope(const OpeOptions& options, const OpeResults& results);

}  // namespace tool
