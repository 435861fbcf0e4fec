/// \file
/// The checkpoint of `holdfast collect`, from which an unfinished dataset is completed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/training/checkpoint.hpp"
#include "support/file_lock.hpp"
#include "tool/collect_behavior.hpp"

namespace tool {

/// The file OUT.checkpoint.h5, which is there as long as the dataset OUT is not complete. While an object of this class
/// lives, no other process collects into OUT.
class CollectCheckpoint {
 public:
  /// Throws DataError if another process collects into OUT, or if the file cannot be written. Throws ConfigError if
  /// there is a checkpoint, but neither --resume nor --overwrite is given. With --overwrite, removes it.
  explicit CollectCheckpoint(const CollectOptions& options);

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Returns the checkpoint to go on from; nothing if there is none. Throws DataError if it cannot be read, and
  /// ConfigError that names an option if it is of a run with other options.
  [[nodiscard]] std::optional<holdfast::Checkpoint> read() const;

  /// Writes the checkpoint; an existing one is replaced. Throws DataError if it cannot be written.
  void write(std::map<std::string, holdfast::SavedState> parts) const {
    holdfast::write_checkpoint(path_, {about_, std::move(parts)});
  }

  /// Removes the checkpoint, if there is one.
  void remove() const;

 private:
  std::string out_;
  std::string path_;
  std::map<std::string, std::string> about_;  ///< the options that decide what is collected
  program::FileLock lock_;
};

}  // namespace tool
