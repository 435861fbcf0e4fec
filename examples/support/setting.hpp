/// \file
/// KEY=VALUE settings, the form that every --set takes.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"

namespace program {

/// A key and its value, without the spaces around them.
struct Setting {
  std::string key;
  std::string value;
};

/// Parses KEY=VALUE. Throws ConfigError if it has another form, described to the user by `form`.
[[nodiscard]] inline Setting parse_setting(std::string_view text, std::string_view form = "KEY=VALUE") {
  const auto equals = text.find('=');
  const std::string_view key = holdfast::trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty())
    throw holdfast::ConfigError(holdfast::message("--set must be ", form, ", but is \"", text, "\""));
  return {std::string(key), std::string(holdfast::trimmed(text.substr(equals + 1)))};
}

}  // namespace program
