/// \file
/// Trains SAC online, to make data with.
#pragma once

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "studies/support/experiment_options.hpp"

namespace program {

/// The results of online training.
struct OnlineSac {
  holdfast::TanhGaussian<> medium;     ///< first policy with `medium_share` of the requested score, else the last one
  holdfast::TanhGaussian<> good;       ///< last policy
  holdfast::Transitions<> replay;      ///< all transitions
  double medium_score = std::nan("");  ///< score of the medium policy when it was taken; NaN if none reached it
  double score = 0;                    ///< score of the last policy's mode, over 100 fresh episodes
};

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`. Warns if it does not
/// reach it. If interrupted, returns what there is. Writes a checkpoint every minute and at the end; with the option
/// `resume` it goes on from there. `record` tells of which training the checkpoint is: throws DataError if it is of
/// another one.
[[nodiscard]] OnlineSac train_sac_online(const ExperimentOptions& options,
                                         const holdfast::AnyEnvironment<>& environment,
                                         const std::filesystem::path& checkpoint,
                                         const std::map<std::string, std::string>& record);

}  // namespace program
