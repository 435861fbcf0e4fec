/// \file
/// Shared parts of the tests of the tool `holdfast`.
#pragma once

#include <string>

#include "support/run_program.hpp"

namespace holdfast::testing {

/// A folder to run the tool in.
struct ToolBench : Bench {
  ToolBench() : Bench(HOLDFAST_TOOL) {}

  /// Makes a dataset of mass_chain.
  void collect(const std::string& name = "data.hdf5", int steps = 250) const {
    ok("collect --environment mass_chain --policy scripted --noise 0.1 --out " + name + " --steps " +
       std::to_string(steps));
  }
};

inline const std::string small = " --batch-size 16 --set policy.network.hidden=8 critics.network.hidden=[8,8] ";

/// Returns the number after "key": in a JSON object.
[[nodiscard]] inline double number(const std::string& json, const std::string& key) {
  const auto at = json.find("\"" + key + "\": ");
  REQUIRE(at != std::string::npos);
  return std::stod(json.substr(at + key.size() + 4));
}

}  // namespace holdfast::testing
