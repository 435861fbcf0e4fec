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

/// The treatment of a run that is in the folder already.
enum class Existing { refused, overwritten, resumed };

/// The folder of a training run. It holds the files of one run, and the file `.holdfast-lock` while a process writes
/// into it: others are refused.
///
/// A run that overwrites another one is written into the folder `.holdfast-unfinished` inside. When it is complete,
/// that folder is renamed to `.holdfast-finished`, and its files take the place of the old ones. Until then the old run
/// stays whole. If the move is interrupted, the next process goes on with it. Files of other names are never touched.
/// Every member throws DataError if it fails.
class RunFolder {
 public:
  /// Names of a run's files. checkpoint.h5 is the first that a run writes.
  static constexpr std::array<const char*, 5> names = {"checkpoint.h5", "config.toml", "metrics.csv", "policy.h5",
                                                       "best_policy.h5"};

  /// Locks the folder if it exists. Throws ConfigError if it holds a run that may not be overwritten.
  RunFolder(std::filesystem::path folder, Existing existing);

  /// Returns the checkpoint to resume from. Returns nothing if there is no run, or none is to be resumed. Throws
  /// ConfigError if there is a run without a checkpoint.
  [[nodiscard]] std::optional<holdfast::Checkpoint> checkpoint() const;

  /// Prepares the folder for a new run: makes and locks it, or removes an unfinished run that is to be overwritten.
  /// Throws ConfigError if another process has made a run there meanwhile.
  void begin();

  /// Returns the path of a file of the run.
  [[nodiscard]] std::string file(const char* name) const { return (files_ / name).string(); }

  /// Returns whether another run is in the folder until `complete`.
  [[nodiscard]] bool replaces() const { return files_ != folder_; }

  /// Puts the files of a run that overwrites another one in its place. From here on, `file` returns their new paths.
  void complete();

 private:
  void lock();

  /// Throws ConfigError if the folder holds a run, finished or not, and another one is to begin.
  void refuse_existing() const;

  /// Moves the files of a complete run to their place, also if a power cut has interrupted this before.
  void put_in_place() const;

  std::filesystem::path folder_;
  std::filesystem::path files_;  ///< where the run's files are now
  Existing existing_;
  std::optional<program::FileLock> lock_;
};

}  // namespace tool
