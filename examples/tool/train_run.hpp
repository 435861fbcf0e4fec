/// \file
/// One training run and the files it writes.
#pragma once

#include <optional>

#include "holdfast/training/checkpoint.hpp"
#include "tool/offline_phase.hpp"
#include "tool/run_folder.hpp"

namespace tool {

/// Trains, from the beginning or on from a checkpoint of the folder, and writes the run's files (RunFolder::names).
/// Throws ConfigError, DataError, and NonFiniteError that names the files written before. If interrupted, keeps what
/// was written, with a checkpoint.
void train(const OfflinePlan& plan, RunFolder& folder, const std::optional<holdfast::Checkpoint>& resumed);

}  // namespace tool
