/// \file
/// Reads inputs as files of policies of both kinds.

#include "fuzz.hpp"
#include "holdfast/policies/files/policy_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size, [](const std::string& path) {
    static_cast<void>(holdfast::read_policy_metadata(path));
    if (holdfast::has_finite_policy(path))
      static_cast<void>(holdfast::read_policy<holdfast::ActionIndices>(path));
    else
      static_cast<void>(holdfast::read_policy(path));
  });
}
