/// \file
/// The shared parts of the fuzzed readers: an input as a file, and the exceptions that a reader may throw.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"

namespace fuzz {

using holdfast::message;

/// A file with the bytes of an input, in the folder of HOLDFAST_FUZZ_FILES, or in /dev/shm, which is memory.
class File {
 public:
  File(const std::uint8_t* bytes, std::size_t size) {
    const char* const folder = std::getenv("HOLDFAST_FUZZ_FILES");
    path_ = message(folder == nullptr ? "/dev/shm" : folder, "/holdfast_fuzz_", ::getpid());
    std::ofstream stream(path_, std::ios::binary);
    if (!stream.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size)).flush()) std::abort();
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs a reader, which may throw errors of the library with one line, or run out of memory. Everything else ends the
/// program, and so does an error if the environment variable HOLDFAST_FUZZ_SOUND says that the input is sound, unless
/// it is not for this reader.
template <class Read>
void run(const Read& read, bool for_this_reader = true) {
  const bool sound = for_this_reader && std::getenv("HOLDFAST_FUZZ_SOUND") != nullptr;
  try {
    read();
  } catch (const holdfast::Error& error) {
    const std::string_view text = error.what();
    if (sound || text.empty() || text.find('\n') != std::string_view::npos) throw;
  } catch (const std::bad_alloc&) {  // the programs say so in one line
    if (sound) throw;
  }
}

/// Runs a reader of files.
template <class Read>
int run_on_file(const std::uint8_t* bytes, std::size_t size, const Read& read, bool for_this_reader = true) {
  const File file(bytes, size);
  run([&] { read(file.path()); }, for_this_reader);
  return 0;
}

}  // namespace fuzz
