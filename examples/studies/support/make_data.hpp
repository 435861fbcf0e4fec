/// \file
/// Makes data to learn from offline: trains SAC online, and writes its transitions and those of its policies to HDF5.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/policies/deployed.hpp"
#include "studies/support/experiment_options.hpp"

namespace program {

using namespace holdfast;  // NOLINT(google-build-using-namespace): no header of the library includes this one

/// Returns the configuration of networks and rates that all SAC runs here share, online and offline.
inline Sac<>::Config sac_config(const ExperimentOptions& options) {
  Sac<>::Config config;
  config.discount = options.discount;
  config.policy_optimizer.learning_rate = options.learning_rate;
  config.policy.network.hidden = options.hidden;
  config.critics.network.hidden = options.hidden;
  config.critics.optimizer.learning_rate = options.learning_rate;
  config.improvement.temperature_optimizer.learning_rate = options.learning_rate;
  return config;
}

inline Sizes sizes_of(const AnyEnvironment<>& environment) {
  return {environment.observation_size(), environment.action_size()};
}

template <class Policy>
DeployedPolicy<Policy> deployed(const Policy& policy, const AnyEnvironment<>& environment) {
  return {policy, Normalization<typename Policy::Scalar>::identity(environment.observation_size())};
}

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`, and writes the datasets
/// of these kinds into `folder`, each as KIND.hdf5:
///   - replay: every transition of that training;
///   - medium: draws of its first policy with `medium_share` of that score;
///   - expert: its last policy's mode plus noise;
///   - random: uniform actions;
///   - mixed: half expert and half random;
///   - scripted: the environment's scripted actions plus noise.
///
/// With the options `keep_data` and `resume`, files that are there are kept. Trains only if a kind is missing that
/// needs it. Returns the score of the last policy's mode over 100 fresh episodes; NaN if nothing was trained. If
/// interrupted, returns nothing and writes no dataset that is not complete. Throws ConfigError if the environment has
/// no script and `kinds` asks for one. Throws DataError, naming the difference, if a file that is to be kept was made
/// with other options.
std::optional<double> make_data(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                                const std::filesystem::path& folder, const std::vector<std::string>& kinds);

}  // namespace program
