#include "holdfast/core/whole_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"

namespace whole_file_test {

using namespace holdfast;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

mode_t mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

// Limits the size of the files that the process writes, during its lifetime.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("A file takes its name when it is complete, not before", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "file";
  write_whole_file(path, "old");
  {
    UnfinishedFile file(path);
    file.write("new, but not committed");
    CHECK(content(path) == "old");
    CHECK(files_in(folder / "") == 2);
  }
  CHECK(content(path) == "old");
  CHECK(files_in(folder / "") == 1);
  UnfinishedFile first(path);
  UnfinishedFile second(path);  // two at once have names of their own
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  CHECK(content(path) == "first");
  CHECK(files_in(folder / "") == 1);
}

TEST_CASE("What a killed process leaves is removed, and nothing else", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "file";
  for (const char* name : {"file.123-4.tmp", "file.h5.123-4.tmp", "file.tmp", "file.a-b.tmp", "other.123-4.tmp"})
    std::ofstream(folder / name) << "x";
  remove_unfinished_files(path);
  CHECK(files_in(folder / "") == 4);
  CHECK_FALSE(std::filesystem::exists(folder / "file.123-4.tmp"));
  remove_unfinished_files(folder / "missing/file");  // there is nothing to remove
}

TEST_CASE("An existing file keeps its mode, and a new one has the usual mode", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "file";
  const mode_t mask = ::umask(022);
  write_whole_file(path, "1");
  CHECK(mode_of(path) == 0644);
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  write_whole_file(path, "2");
  CHECK(mode_of(path) == 0640);
  CHECK(content(path) == "2");
  ::umask(mask);
}

TEST_CASE("A symbolic link is followed and stays", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  std::filesystem::create_directory(folder / "below");
  std::filesystem::create_symlink("below/target", folder / "link");
  std::filesystem::create_symlink(folder / "link", folder / "link to it");
  write_whole_file(folder / "link to it", "first");  // the target does not exist yet
  CHECK(content(folder / "below/target") == "first");
  write_whole_file(folder / "link", "second");
  CHECK(content(folder / "below/target") == "second");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(std::filesystem::is_symlink(folder / "link to it"));
  std::filesystem::create_symlink("circle", folder / "circle");
  CHECK_THROWS_WITH(write_whole_file(folder / "circle", ""), Contains("circle: cannot be written"));
}

TEST_CASE("Only regular files are replaced", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(write_whole_file(folder / "pipe", ""),
                    Contains("pipe: expected a file to replace, or none, found a pipe or a device"));
  CHECK_THROWS_WITH(write_whole_file("/dev/null", ""), Contains("/dev/null: expected a file to replace"));
  CHECK_THROWS_WITH(write_whole_file(folder / "", ""), Contains("found a folder"));
  CHECK_THROWS_WITH(write_whole_file(folder / "missing/file", ""),
                    Contains("missing/file: cannot be written: No such"));
  CHECK(files_in(folder / "") == 1);
  CHECK(std::filesystem::is_fifo(folder / "pipe"));
}

TEST_CASE("What does not fit on the disk is an error that leaves the old file", "[whole_file]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "file";
  write_whole_file(path, "old");
  const FileSizeLimit limit(1000);
  CHECK_THROWS_WITH(write_whole_file(path, std::string(2000, 'x')),
                    Contains("file: cannot be written: File too large"));
  CHECK(content(path) == "old");
  CHECK(files_in(folder / "") == 1);
}

}  // namespace whole_file_test
