#include "support/file_lock.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"

namespace file_lock_test {

using holdfast::DataError;
using program::FileLock;

TEST_CASE("One at a time holds a lock, and its file goes with it", "[file_lock]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "lock";
  {
    const FileLock lock(path, "the run");
    CHECK(std::filesystem::exists(path));
    CHECK_THROWS_WITH(FileLock(path, "the run"),
                      Contains("the run: another process (" + std::to_string(::getpid()) + ") is writing here"));
    CHECK(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  const FileLock again(path, "the run");
}

TEST_CASE("A lock ends with its process, however that ends", "[file_lock]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "lock";
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(path, "the run");
    ::_exit(0);  // without destructors
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(std::filesystem::exists(path));  // it is left, and locks nothing
  const FileLock lock(path, "the run");
}

TEST_CASE("A lock that cannot be made is an error", "[file_lock]") {
  const fixture::TemporaryDirectory folder;
  CHECK_THROWS_WITH(FileLock(folder / "missing/lock", "the run"), Contains("missing/lock: cannot be written: No such"));
}

}  // namespace file_lock_test
