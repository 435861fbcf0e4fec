#include "tool/run_folder.hpp"

#include <system_error>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"
#include "support/files.hpp"

namespace tool {

namespace {

using holdfast::ConfigError;
using holdfast::DataError;
using holdfast::message;
namespace fs = std::filesystem;

constexpr const char* unfinished = "unfinished";  // a run that is to take the place of another one
constexpr const char* finished = "finished";      // the same, once it is complete
constexpr const char* own_lock = "lock";

/// Returns the first name of a run's file that is in the folder; null if there is none.
const char* file_of_run(const fs::path& folder) {
  for (const char* name : RunFolder::names)
    if (fs::exists(folder / name)) return name;
  return nullptr;
}

void move(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::rename(from, to, problem);
  if (problem) throw DataError(message(to.string(), ": cannot be written: ", problem.message()));
}

void remove_whole(const fs::path& path) {
  std::error_code problem;
  fs::remove_all(path, problem);
  if (problem) throw DataError(message(path.string(), ": cannot be removed: ", problem.message()));
}

}  // namespace

RunFolder::RunFolder(fs::path folder, Existing existing)
    : folder_(std::move(folder)), files_(folder_), existing_(existing) {
  if (existing_ != Existing::resumed || !fs::is_directory(folder_)) return;
  lock();
  if (fs::exists(folder_ / unfinished / names[0])) files_ = folder_ / unfinished;
}

std::optional<holdfast::Checkpoint> RunFolder::checkpoint() const {
  if (existing_ != Existing::resumed || !lock_) return std::nullopt;
  const std::string path = file(names[0]);
  if (fs::exists(path)) return holdfast::read_checkpoint(path);
  if (const char* name = file_of_run(folder_))
    throw ConfigError(message(folder_.string(), ": holds a run (", name,
                              ") without a checkpoint, which cannot be resumed; choose another folder with --out, or "
                              "give --overwrite in place of --resume"));
  return std::nullopt;
}

void RunFolder::begin() {
  program::make_folder(folder_);
  lock();
  const char* const name = file_of_run(folder_);
  if (name != nullptr && existing_ != Existing::overwritten)
    throw ConfigError(
        message(folder_.string(), ": holds a run already (", name,
                "); choose another folder with --out, or give --overwrite, or --resume to go on with it"));
  remove_whole(folder_ / unfinished);
  if (name == nullptr) return;
  files_ = folder_ / unfinished;
  program::make_folder(files_);
}

void RunFolder::lock() {
  if (lock_) return;
  lock_.emplace((folder_ / own_lock).string(), folder_.string());
  put_in_place();
  for (const fs::path& folder : {folder_, folder_ / unfinished})
    for (const char* name : names) holdfast::remove_unfinished_files((folder / name).string());
}

void RunFolder::complete() {
  if (!replaces()) return;
  move(folder_ / unfinished, folder_ / finished);
  holdfast::detail::sync_folder(folder_, folder_.string());
  files_ = folder_;
  put_in_place();
}

void RunFolder::put_in_place() const {
  const fs::path from = folder_ / finished;
  if (!fs::exists(from)) return;
  // The checkpoint is moved first: as long as it is there, nothing has been moved.
  if (fs::exists(from / names[0]))
    for (const char* name : names)
      if (!fs::exists(from / name)) remove_whole(folder_ / name);
  for (const char* name : names)
    if (fs::exists(from / name)) move(from / name, folder_ / name);
  remove_whole(from);
  holdfast::detail::sync_folder(folder_, folder_.string());
}

}  // namespace tool
