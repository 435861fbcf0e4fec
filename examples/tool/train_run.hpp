/// \file
/// One training run and the files it writes.
#pragma once

#include <filesystem>

#include "tool/train_options.hpp"

namespace tool {

/// Trains, and writes metrics.csv, config.toml and policy.h5 into the folder. Throws ConfigError, DataError, and
/// NonFiniteError that names the files written before. If interrupted, keeps what was written.
void train(const TrainPlan& plan, const std::filesystem::path& out, bool overwrite);

}  // namespace tool
