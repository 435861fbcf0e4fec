/// \file
/// What the fuzzed readers share: an input as a file, and what a reader may throw.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"

namespace fuzz {

/// A file in memory with the bytes of an input.
class File {
 public:
  File(const std::uint8_t* bytes, std::size_t size) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Runs a reader, which may throw errors of the library with one line, or run out of memory. Everything else ends the
/// program.
template <class Read>
void run(const Read& read) {
  try {
    read();
  } catch (const holdfast::Error& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  } catch (const std::bad_alloc&) {  // the programs say so in one line
  }
}

/// Runs a reader of files.
template <class Read>
int run_on_file(const std::uint8_t* bytes, std::size_t size, const Read& read) {
  const File file(bytes, size);
  run([&] { read(file.path()); });
  return 0;
}

}  // namespace fuzz
