/// \file
/// Compares how a file was made with how it should have been.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace program {

/// A value of a record that is not the one asked for.
struct Difference {
  std::string key;
  std::string expected;
  std::string found;  ///< "no record of it" if there is none

  /// Returns what differs, for an error.
  [[nodiscard]] std::string text() const { return key + ": expected " + expected + ", as asked for, found " + found; }
};

/// Returns the first difference between a record that is asked for and one that was found in a file.
[[nodiscard]] inline std::optional<Difference> first_difference(const std::map<std::string, std::string>& asked,
                                                                const std::map<std::string, std::string>& recorded) {
  for (const auto& [key, expected] : asked) {
    const auto found = recorded.find(key);
    if (found == recorded.end() || found->second != expected)
      return Difference{key, expected, found == recorded.end() ? "no record of it" : found->second};
  }
  return std::nullopt;
}

}  // namespace program
