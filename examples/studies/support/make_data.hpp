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

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`, and writes these files
/// into `folder`:
///   - replay.hdf5: every transition of that training;
///   - medium.hdf5: draws of its first policy with half that score;
///   - expert.hdf5: its last policy's mode plus noise;
///   - random.hdf5: uniform actions;
///   - mixed.hdf5: half expert and half random;
///   - scripted.hdf5: the environment's scripted actions plus noise, if it has a script.
///
/// A file that exists is replaced unless `keep` is true. Returns the score of the last policy's mode over 100 fresh
/// episodes. If the training is interrupted, returns nothing and writes nothing, because the data would not be what its
/// name says.
std::optional<double> make_data(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                                const std::filesystem::path& folder, bool keep = false);

/// Returns the options that the datasets are made with, as their metadata records them.
[[nodiscard]] std::map<std::string, std::string> data_record(const ExperimentOptions& options,
                                                             const AnyEnvironment<>& environment);

/// Throws DataError, naming the difference, unless the file's metadata says that `make_data` made it with these
/// options.
void check_kept_data(const ExperimentOptions& options, const AnyEnvironment<>& environment, const std::string& file);

}  // namespace program
