/// \file
/// Defines the exceptions of the library. Each message names the object, what was expected, what was found and how to
/// fix it.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "holdfast/core/printable.hpp"

namespace holdfast {

/// The base class of all exceptions that the library throws. A message may quote a file, so what() is the message with
/// control characters escaped: one line that is safe to print.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(printable(what)) {}
};

/// Thrown if a hyperparameter or an argument is outside its range.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// Thrown if a dataset, a file or a batch is not what was expected.
class DataError : public Error {
 public:
  using Error::Error;
};

/// Thrown if training produces a number that is not finite.
class NonFiniteError : public Error {
 public:
  using Error::Error;
};

/// Returns the parts as one text, each formatted as an output stream formats it.
template <class... Parts>
[[nodiscard]] std::string message(const Parts&... parts) {
  std::ostringstream text;
  text.exceptions(std::ios::badbit);  // or it would go on without the rest if memory ran out
  (text << ... << parts);
  return text.str();
}

/// Throws ConfigError unless `holds`: "`field` must be `requirement`, but is `value`".
template <class Value>
void require(bool holds, const char* field, const char* requirement, const Value& value) {
  if (!holds) throw ConfigError(message(field, " must be ", requirement, ", but is ", value));
}

}  // namespace holdfast
