/// \file
/// Tells whether files are of one training run, and whether a run may be resumed.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/training/checkpoint.hpp"
#include "tool/run_folder.hpp"
#include "tool/train_options.hpp"

namespace tool {

/// The text "kind" of the checkpoints that `holdfast train` and `holdfast finetune` write.
inline constexpr const char* kind_of_training = "holdfast train";
inline constexpr const char* kind_of_finetuning = "holdfast finetune";

/// Returns the id of a run: a hash of its data and of every value of its configuration that decides its results. Values
/// that only decide how far it goes, such as `steps`, or how it is carried out, such as `threads`, are left out. Runs
/// with the same id by the same build have the same bits as far as both go. `configuration` is the text of to_toml or
/// finetune_configuration, with any id.
[[nodiscard]] std::string run_id(const std::string& configuration, std::uint64_t data);

/// Throws DataError if the checkpoint is not of this kind. `file` is the checkpoint's.
void check_kind_of_run(const std::string& file, const holdfast::Checkpoint& checkpoint, const char* kind);

/// Throws ConfigError if the command line or the configuration file asks for another algorithm, or for a dataset with
/// another kind of actions, than the run to be resumed has: the other values could not be resolved.
void check_learner_of_run(const std::string& file, const holdfast::Checkpoint& checkpoint, const Sources& sources);

/// Throws ConfigError that names the first value that decides the results and differs from that of the run to be
/// resumed, or the data if they differ. `file` is the checkpoint's.
void check_same_run(const std::string& file, const holdfast::Checkpoint& checkpoint, const std::string& configuration,
                    const std::string& dataset, std::uint64_t data);

/// Throws DataError if config.toml or a policy in the folder is of another run than the one with this id. Files that
/// are missing are left out.
void check_one_run(const RunFolder& folder, const std::string& run);

}  // namespace tool
