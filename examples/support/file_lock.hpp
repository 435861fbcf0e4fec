/// \file
/// Locks what one process at a time may write.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

namespace program {

/// Holds a lock on a file of its own, which is made for it and removed with it. The system ends the lock with the
/// process, however that ends; the file may then remain, and locks nothing.
class FileLock {
 public:
  /// Throws DataError if another process holds the lock, or if the file cannot be made. Warns, and goes on, on file
  /// systems that have no locks. `what` names what is locked, in the error.
  FileLock(std::string path, const std::string& what) : path_(std::move(path)), file_(open(what)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { ::unlink(path_.c_str()); }

 private:
  [[nodiscard]] holdfast::FileDescriptor open(const std::string& what) const {
    for (;;) {
      holdfast::FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
      if (!file.valid()) holdfast::refuse_writing(path_, errno);
      if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
          throw holdfast::DataError(what + ": another process (" + holder(file) +
                                    ") is writing here; wait until it has ended, or choose another place with --out");
        warn(path_ + ": cannot be locked (" + std::generic_category().message(errno) +
             "): take care that no other process writes here");
      }
      if (!is_current(file)) continue;  // its last holder has just removed it
      const std::string own = std::to_string(::getpid()) + "\n";
      // Only `holder` reads it, so that a full disk does no harm.
      [[maybe_unused]] const bool told = ::ftruncate(file, 0) == 0 && ::pwrite(file, own.data(), own.size(), 0) > 0;
      return file;
    }
  }

  /// Returns whether the open file is still the one of that name.
  [[nodiscard]] bool is_current(const holdfast::FileDescriptor& file) const {
    struct stat opened {};
    struct stat named {};
    return ::fstat(file, &opened) == 0 && ::stat(path_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
  }

  static std::string holder(const holdfast::FileDescriptor& file) {
    char digits[16] = "";
    const ssize_t size = ::pread(file, digits, sizeof digits - 1, 0);
    std::string number(digits, size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!number.empty() && number.back() == '\n') number.pop_back();
    return number.empty() ? "of unknown number" : number;
  }

  std::string path_;
  holdfast::FileDescriptor file_;
};

/// Makes the folder and its parents, and locks it for one process. Throws DataError if this fails.
[[nodiscard]] inline FileLock make_locked_folder(const std::filesystem::path& folder) {
  make_folder(folder);
  return {(folder / "lock").string(), folder.string()};
}

}  // namespace program
