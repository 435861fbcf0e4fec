/// \file
/// Reads inputs as datasets of continuous actions, in both layouts of observations, as `holdfast inspect` does.

#include "fuzz.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size, [](const std::string& path) {
    static_cast<void>(holdfast::has_finite_actions(path));
    static_cast<void>(holdfast::read_metadata(path));
    auto recording = holdfast::read_recording(path);
    static_cast<void>(holdfast::find_storage_problems(path, recording.rows.actions));
    static_cast<void>(std::move(recording).transitions());
  });
}
