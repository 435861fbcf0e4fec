/// \file
/// The folder of a training run, which holds one run, whole.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "holdfast/training/checkpoint.hpp"
#include "support/file_lock.hpp"

namespace tool {

/// How a run treats the run that its folder holds already.
enum class Existing { refused, overwritten, resumed };

/// The folder of a training run. One process at a time may write into it.
///
/// A run that overwrites another one is written into the folder `unfinished` inside, and takes the place of the old one
/// when it is complete; until then the old one stays whole. Every member throws DataError if it fails.
class RunFolder {
 public:
  /// Names of a run's files. checkpoint.h5 is the first that a run writes.
  static constexpr std::array<const char*, 5> names = {"checkpoint.h5", "config.toml", "metrics.csv", "policy.h5",
                                                       "best_policy.h5"};

  /// If a run is to be resumed and the folder exists, locks it.
  RunFolder(std::filesystem::path folder, Existing existing);

  /// Returns the checkpoint to resume from. Returns nothing if there is no run, or none is to be resumed. Throws
  /// ConfigError if there is a run without a checkpoint.
  [[nodiscard]] std::optional<holdfast::Checkpoint> checkpoint() const;

  /// Makes and locks the folder for a new run. Throws ConfigError if it holds a run that may not be overwritten.
  void begin();

  /// Returns the path of a file of the run.
  [[nodiscard]] std::string file(const char* name) const { return (files_ / name).string(); }

  /// Returns whether another run is in the folder until `complete`.
  [[nodiscard]] bool replaces() const { return files_ != folder_; }

  /// Puts the files of a run that overwrites another one in its place. From here on, `file` returns their new paths.
  void complete();

 private:
  void lock();

  /// Moves the files of a complete run to their place, also if a power cut has interrupted this before.
  void put_in_place() const;

  std::filesystem::path folder_;
  std::filesystem::path files_;  ///< where the run's files are now
  Existing existing_;
  std::optional<program::FileLock> lock_;
};

}  // namespace tool
