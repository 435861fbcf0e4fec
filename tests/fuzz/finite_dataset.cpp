/// \file
/// Reads inputs as datasets of a finite action set.

#include "fuzz.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size, [](const std::string& path) {
    static_cast<void>(holdfast::find_lost_digits(path));
    static_cast<void>(holdfast::read_d4rl<holdfast::ActionIndices>(path));
  });
}
