#include "tool/run_folder.hpp"

#include <string>
#include <system_error>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"
#include "support/files.hpp"
#include "support/untrusted.hpp"

namespace tool {

namespace {

using holdfast::ConfigError;
using holdfast::message;
using holdfast::remove_file;
namespace fs = std::filesystem;

constexpr const char* unfinished_folder = ".holdfast-unfinished";
constexpr const char* finished_folder = ".holdfast-finished";
constexpr const char* own_lock = ".holdfast-lock";

/// Returns the first name of a run's file that is in the folder; null if there is none.
const char* file_of_run(const fs::path& folder) {
  for (const char* name : RunFolder::names)
    if (fs::exists(folder / name)) return name;
  return nullptr;
}

void move(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::rename(from, to, problem);
  if (problem) holdfast::refuse_writing(to.string(), problem.value());
}

/// Removes what processes that were killed were writing.
void remove_unfinished_in(const fs::path& folder) {
  for (const char* name : RunFolder::names) holdfast::remove_unfinished_files((folder / name).string());
}

/// Removes a folder with the files of a run, and nothing else.
void remove_run(const fs::path& folder) {
  remove_unfinished_in(folder);
  for (const char* name : RunFolder::names) remove_file(folder / name);
  remove_file(folder);
}

}  // namespace

RunFolder::RunFolder(fs::path folder, Existing existing)
    : folder_(std::move(folder)), files_(folder_), existing_(existing) {
  if (!fs::is_directory(folder_)) return;
  lock();
  refuse_existing();
  if (existing_ == Existing::resumed && fs::exists(folder_ / unfinished_folder / names[0]))
    files_ = folder_ / unfinished_folder;
}

void RunFolder::refuse_existing() const {
  if (existing_ != Existing::refused) return;
  if (const char* name = file_of_run(folder_))
    throw ConfigError(
        message(folder_.string(), ": holds a run already (", name,
                "); choose another folder with --out, or give --overwrite, or --resume to go on with it"));
  if (fs::exists(folder_ / unfinished_folder))
    throw ConfigError(message(folder_.string(), ": holds an unfinished run (", unfinished_folder,
                              "); --resume goes on with it, and --overwrite begins anew"));
}

std::optional<holdfast::Checkpoint> RunFolder::checkpoint() const {
  if (existing_ != Existing::resumed || !lock_) return std::nullopt;
  const std::string path = file(names[0]);
  if (fs::exists(path)) {
    const program::Reading reading(path);
    return holdfast::read_checkpoint(path);
  }
  if (const char* name = file_of_run(folder_))
    throw ConfigError(message(folder_.string(), ": holds a run (", name,
                              ") without a checkpoint, which cannot be resumed; choose another folder with --out, or "
                              "give --overwrite in place of --resume"));
  return std::nullopt;
}

void RunFolder::begin() {
  if (!lock_) {
    program::make_folder(folder_);
    lock();
    if (const char* name = file_of_run(folder_))
      throw ConfigError(message(folder_.string(), ": another process has made a run here meanwhile (", name, ")"));
  }
  if (fs::exists(folder_ / unfinished_folder)) remove_run(folder_ / unfinished_folder);
  if (file_of_run(folder_) == nullptr) return;
  files_ = folder_ / unfinished_folder;
  program::make_folder(files_);
}

void RunFolder::lock() {
  lock_.emplace((folder_ / own_lock).string(), folder_.string());
  put_in_place();
  remove_unfinished_in(folder_);
  if (fs::exists(folder_ / unfinished_folder)) remove_unfinished_in(folder_ / unfinished_folder);
}

void RunFolder::complete() {
  if (!replaces()) return;
  move(folder_ / unfinished_folder, folder_ / finished_folder);
  holdfast::sync_folder_of(folder_ / finished_folder);
  files_ = folder_;
  put_in_place();
}

void RunFolder::put_in_place() const {
  const fs::path from = folder_ / finished_folder;
  if (!fs::exists(from)) return;
  // The checkpoint is moved first: as long as it is there, nothing has been moved.
  if (fs::exists(from / names[0]))
    for (const char* name : names)
      if (!fs::exists(from / name)) remove_file(folder_ / name);
  for (const char* name : names)
    if (fs::exists(from / name)) move(from / name, folder_ / name);
  remove_run(from);
  holdfast::sync_folder_of(from);
}

}  // namespace tool
