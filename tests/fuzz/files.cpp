/// \file
/// Reads inputs as HDF5 files by one of the readers, the one that the environment variable HOLDFAST_FUZZ names; edits
/// of sound files, by every reader, if that is `edited`.

#include "edited_file.hpp"
#include "fuzz.hpp"
#include "readers.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* const folder = std::getenv("HOLDFAST_FUZZ_CORPUS")) {
    fuzz::SoundFiles().write(folder);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const char* const name = std::getenv("HOLDFAST_FUZZ");
  if (name == nullptr) std::abort();
  if (name == std::string_view("edited")) {
    static const fuzz::SoundFiles sound;
    fuzz::run_on_edited(sound, bytes, size);
    return 0;
  }
  const auto* const reader = fuzz::find_reader(name);
  if (reader == nullptr) std::abort();
  fuzz::run_on_file(bytes, size, reader->read);
  return 0;
}
