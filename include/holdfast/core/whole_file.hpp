/// \file
/// Writes files that survive a power cut, completely or not at all. Needs POSIX.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"

namespace holdfast {

/// Owns the descriptor of an open file, and closes it.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() { close(); }

  [[nodiscard]] bool valid() const { return number_ >= 0; }
  operator int() const { return number_; }

  /// Closes the file now. Returns whether that succeeded.
  bool close() { return !valid() || ::close(std::exchange(number_, -1)) == 0; }

  /// Writes all bytes. Returns false, with the reason in `errno`, if that fails.
  [[nodiscard]] bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(number_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Waits until what was written is on the disk. Returns false, with the reason in `errno`, if that fails; a file
  /// system that cannot do this is left alone.
  [[nodiscard]] bool sync() const { return ::fsync(number_) == 0 || errno == EINVAL || errno == ENOTSUP; }

 private:
  int number_;
};

/// Throws DataError "`path`: cannot be written: " and the reason, a value of `errno`.
[[noreturn]] inline void refuse_writing(const std::string& path, int error) {
  throw DataError(path + ": cannot be written: " + std::generic_category().message(error));
}

/// Waits until the names in the folder of the file `path` are on the disk. Throws DataError if that fails.
inline void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  const FileDescriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || !opened.sync()) refuse_writing(path.string(), errno);
}

/// Removes a file, or an empty folder, if it is there. Throws DataError if it cannot be removed.
inline void remove_file(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::remove(path, problem);
  if (problem) throw DataError(path.string() + ": cannot be removed: " + problem.message());
}

namespace detail {

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

}  // namespace detail

/// A file that is written beside its final place, under a name of its own. `commit` gives it its final
/// name after all its bytes are on the disk; until then, what was there stays. Without `commit` it is removed.
///
/// A symbolic link is followed, and an existing file's mode is kept. Every member throws DataError if it fails.
class UnfinishedFile {
 public:
  /// Creates the file. Throws DataError if `path` is neither a regular file nor free for one.
  explicit UnfinishedFile(std::string path)
      : path_(std::move(path)), target_(detail::target_of(path_)), file_(create()) {}

  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() {
    if (!committed_) ::unlink(unfinished_.c_str());
  }

  void write(std::string_view bytes) {
    if (!file_.write(bytes)) refuse_writing(path_, errno);
  }

  /// Waits until the bytes are on the disk, gives the file its final name, and waits until that is there too.
  void commit() {
    if (!file_.sync() || !file_.close()) refuse_writing(path_, errno);
    if (std::rename(unfinished_.c_str(), target_.c_str()) != 0) refuse_writing(path_, errno);
    committed_ = true;
    sync_folder_of(target_);
  }

 private:
  /// Returns the permissions of the file that will be replaced; nothing if there is none.
  [[nodiscard]] std::optional<mode_t> mode_of_target() const {
    struct stat found {};
    if (::stat(target_.c_str(), &found) != 0) {
      if (errno != ENOENT) refuse_writing(path_, errno);
      return std::nullopt;
    }
    if (!S_ISREG(found.st_mode))
      throw DataError(path_ + ": expected a file to replace, or none, found " +
                      (S_ISDIR(found.st_mode) ? "a folder" : "a pipe or a device") + "; choose another name");
    return found.st_mode & mode_t{07777};
  }

  /// Creates the file under a name that is free. Processes of other machines may write into the folder too.
  [[nodiscard]] FileDescriptor create() {
    constexpr mode_t usual_mode = 0666;  // less the process's mask
    const std::optional<mode_t> mode = mode_of_target();
    std::random_device random;
    for (;;) {
      unfinished_ = message(target_.string(), '.', ::getpid(), '-', random(), ".tmp");
      FileDescriptor file(::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, usual_mode));
      if (!file.valid() && errno == EEXIST) continue;
      if (!file.valid()) refuse_writing(path_, errno);
      if (mode && ::fchmod(file, *mode) != 0) {
        const int error = errno;
        ::unlink(unfinished_.c_str());
        refuse_writing(path_, error);
      }
      return file;
    }
  }

  std::string path_;
  std::filesystem::path target_;
  std::string unfinished_;
  FileDescriptor file_;
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
    const std::string_view middle =
        std::string_view(name).substr(beginning.size(), name.size() - beginning.size() - end.size());
    if (middle.find_first_not_of("0123456789-") == std::string_view::npos) found.push_back(entry.path());
  }
  for (const auto& file : found) remove_file(file);
}

}  // namespace holdfast
