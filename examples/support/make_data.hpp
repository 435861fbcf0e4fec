/// \file
/// Data to learn from offline: SAC is trained online, and what it and its policies do is written to HDF5.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/policies/deployed.hpp"
#include "support/experiment_options.hpp"

namespace program {

using namespace holdfast;  // NOLINT(google-build-using-namespace): no header of the library includes this one

/// The network and rates that all SAC runs here share, online and offline.
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

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`, and writes into
/// `folder`: replay.hdf5, every transition of that training; medium.hdf5, the draws of its first policy of half that
/// score; expert.hdf5, its last policy's mode plus noise; random.hdf5, uniform actions; mixed.hdf5, half expert and
/// half random; and, where the environment has a script, scripted.hdf5, its actions plus noise. A file that is there
/// already is replaced unless `keep`. Returns the score of the last policy's mode over 100 fresh episodes; nothing
/// where the training was interrupted, and then nothing is written: its data would not be what its name says.
std::optional<double> make_data(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                                const std::filesystem::path& folder, bool keep = false);

/// What the datasets are made with, as their metadata records it.
[[nodiscard]] std::map<std::string, std::string> data_record(const ExperimentOptions& options,
                                                             const AnyEnvironment<>& environment);

/// Throws DataError, naming the difference, unless the file records that `make_data` made it with these options.
void check_kept_data(const ExperimentOptions& options, const AnyEnvironment<>& environment, const std::string& file);

}  // namespace program
