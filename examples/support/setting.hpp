/// \file
/// KEY=VALUE, as every --set takes it.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"

namespace program {

/// A value by the name of what it is for, both without the space around them.
struct Setting {
  std::string key;
  std::string value;
};

/// Parses KEY=VALUE; `form` is what the user is told that it must be. Throws ConfigError.
[[nodiscard]] inline Setting parse_setting(std::string_view text, std::string_view form = "KEY=VALUE") {
  const auto equals = text.find('=');
  const std::string_view key = holdfast::trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty())
    throw holdfast::ConfigError(holdfast::message("--set must be ", form, ", but is \"", text, "\""));
  return {std::string(key), std::string(holdfast::trimmed(text.substr(equals + 1)))};
}

}  // namespace program
