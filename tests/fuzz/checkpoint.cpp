/// \file
/// Reads inputs as checkpoints.

#include "fuzz.hpp"
#include "holdfast/training/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size,
                           [](const std::string& path) { static_cast<void>(holdfast::read_checkpoint(path)); });
}
