/// \file
/// Reads inputs as datasets of sparse observations.

#include "fuzz.hpp"
#include "holdfast/data/hdf5.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size, [](const std::string& path) {
    static_cast<void>(holdfast::read_d4rl<holdfast::ActionIndices, holdfast::SparseMatrix<float>>(path));
  });
}
