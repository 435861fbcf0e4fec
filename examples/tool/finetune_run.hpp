/// \file
/// One online run and the files it writes.
#pragma once

#include <optional>

#include "holdfast/training/checkpoint.hpp"
#include "tool/finetune_options.hpp"
#include "tool/run_folder.hpp"

namespace tool {

/// Goes on with an offline run in an environment, or with an online run from a checkpoint of the folder, and writes the
/// run's files (RunFolder::names). Throws and ends like `train`.
void finetune(const FinetunePlan& plan, RunFolder& folder, const std::optional<holdfast::Checkpoint>& resumed);

}  // namespace tool
