/// \file
/// Compares how a file was made with how it should have been.
#pragma once

#include <map>
#include <string>

#include "holdfast/core/errors.hpp"

namespace program {

/// Throws DataError unless every value that is asked for is recorded. The error names the file, the first value that
/// differs, and `remedy`.
inline void check_record(const std::string& file, const std::map<std::string, std::string>& asked,
                         const std::map<std::string, std::string>& recorded, const std::string& remedy) {
  for (const auto& [key, expected] : asked) {
    const auto found = recorded.find(key);
    if (found != recorded.end() && found->second == expected) continue;
    throw holdfast::DataError(holdfast::message(file, ": ", key, ": expected ", expected, ", as asked for, found ",
                                                found == recorded.end() ? "no record of it" : found->second, "; ",
                                                remedy));
  }
}

}  // namespace program
