/// \file
/// Writes files that survive a power cut, completely or not at all. Needs POSIX.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"

namespace holdfast {

namespace detail {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  [[nodiscard]] bool valid() const { return number_ >= 0; }
  operator int() const { return number_; }

  /// Closes the file now. Returns whether that succeeded.
  bool close() { return !valid() || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

[[noreturn]] inline void refuse_writing(const std::string& path, int error) {
  throw DataError(path + ": cannot be written: " + std::generic_category().message(error));
}

/// Returns the file that `path` stands for: it follows symbolic links, also to a file that does not exist yet.
inline std::filesystem::path target_of(const std::filesystem::path& path) {
  constexpr int most_links = 40;
  std::filesystem::path target = path;
  std::error_code ignored;
  for (int links = 0; std::filesystem::is_symlink(target, ignored); ++links) {
    if (links == most_links) refuse_writing(path.string(), ELOOP);
    target = target.parent_path() / std::filesystem::read_symlink(target);
  }
  return target;
}

/// Waits until an open file is on the disk. Returns whether that succeeded, or cannot be done on its file system.
inline bool synced(int file) { return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP; }

/// Waits until the entries of the folder are on the disk.
inline void sync_folder(const std::filesystem::path& folder, const std::string& path) {
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || !synced(opened)) refuse_writing(path, errno);
}

}  // namespace detail

/// A file that is written beside its final place, under a name that no other process uses. `commit` gives it its final
/// name after all its bytes are on the disk; until then, what was there stays. Without `commit` it is removed.
///
/// A symbolic link is followed, and an existing file's mode is kept. Every member throws DataError if it fails.
class UnfinishedFile {
 public:
  /// Creates the file. Throws DataError if `path` is neither a regular file nor free for one.
  explicit UnfinishedFile(std::string path)
      : path_(std::move(path)),
        target_(detail::target_of(path_)),
        mode_(mode_of_target()),
        unfinished_(free_name()),
        file_(create()) {}

  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() {
    if (!committed_) ::unlink(unfinished_.c_str());
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) detail::refuse_writing(path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// Waits until the bytes are on the disk, gives the file its final name, and waits until that is there too.
  void commit() {
    if (!detail::synced(file_) || !file_.close()) detail::refuse_writing(path_, errno);
    if (std::rename(unfinished_.c_str(), target_.c_str()) != 0) detail::refuse_writing(path_, errno);
    committed_ = true;
    detail::sync_folder(target_.parent_path(), path_);
  }

 private:
  static constexpr mode_t permissions = 07777;
  static constexpr mode_t usual_mode = 0666;  // less the process's mask

  /// Returns the permissions of the file that will be replaced, or `permissions` + 1 if there is none.
  [[nodiscard]] mode_t mode_of_target() const {
    struct stat found {};
    if (::stat(target_.c_str(), &found) != 0) {
      if (errno != ENOENT) detail::refuse_writing(path_, errno);
      return permissions + 1;
    }
    if (!S_ISREG(found.st_mode))
      throw DataError(path_ + ": expected a file to replace, or none, found " +
                      (S_ISDIR(found.st_mode) ? "a folder" : "a pipe or a device") + "; choose another name");
    return found.st_mode & permissions;
  }

  [[nodiscard]] std::string free_name() const {
    static std::atomic<unsigned> count{0};
    return target_.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
  }

  [[nodiscard]] detail::Descriptor create() const {
    const bool replaces = mode_ <= permissions;
    // A process of that number may have left the file when it was killed.
    if (::unlink(unfinished_.c_str()) != 0 && errno != ENOENT) detail::refuse_writing(path_, errno);
    detail::Descriptor file(::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, usual_mode));
    if (!file.valid() || (replaces && ::fchmod(file, mode_) != 0)) {
      const int error = errno;
      if (file.valid()) ::unlink(unfinished_.c_str());
      detail::refuse_writing(path_, error);
    }
    return file;
  }

  std::string path_;
  std::filesystem::path target_;
  mode_t mode_;
  std::string unfinished_;
  detail::Descriptor file_;
  bool committed_ = false;
};

/// Writes the bytes to `path`. When it returns, they survive a power cut. An existing file is replaced only after the
/// new one is complete (UnfinishedFile). Throws DataError if that fails; no unfinished file remains.
inline void write_whole_file(const std::string& path, std::string_view bytes) {
  UnfinishedFile file(path);
  file.write(bytes);
  file.commit();
}

/// Removes what processes that were killed had written of `path` (UnfinishedFile). Call it only where no other process
/// writes `path`. Throws DataError if one cannot be removed.
inline void remove_unfinished_files(const std::string& path) {
  const std::filesystem::path target = detail::target_of(path);
  const std::string beginning = target.filename().string() + ".";
  constexpr std::string_view end = ".tmp";
  std::vector<std::filesystem::path> found;
  std::error_code problem;
  for (const auto& entry :
       std::filesystem::directory_iterator(target.has_parent_path() ? target.parent_path() : ".", problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(beginning) || !name.ends_with(end) || name.size() < beginning.size() + end.size()) continue;
    const std::string_view middle = std::string_view(name).substr(beginning.size(), name.size() - beginning.size() - 4);
    if (middle.find_first_not_of("0123456789-") == std::string_view::npos) found.push_back(entry.path());
  }
  for (const auto& file : found)
    if (!std::filesystem::remove(file, problem) && problem)
      throw DataError(file.string() + ": cannot be removed: " + problem.message());
}

/// Waits until the bytes of an existing file, and its name, are on the disk. Throws DataError if that fails.
inline void sync_file(const std::string& path) {
  const detail::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || !detail::synced(file)) detail::refuse_writing(path, errno);
  detail::sync_folder(std::filesystem::path(path).parent_path(), path);
}

}  // namespace holdfast
