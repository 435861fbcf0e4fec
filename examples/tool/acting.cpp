#include "tool/acting.hpp"

#include <vector>

#include "holdfast/core/errors.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

CLI::Option* add_environment_option(CLI::App& command, std::string& name) {
  return command.add_option("--environment", name, "Environment")
      ->check(program::known_environment(program::environment_names()));
}

void check_sizes(const std::string& what, Sizes found, std::string_view environment, Sizes expected, bool finite) {
  if (found.observation == expected.observation && found.action == expected.action) return;
  throw DataError(message(what, ": expected ", expected.observation,
                          finite ? " observation features and " : " observation and ", expected.action,
                          finite ? " actions" : " action features", ", as ", environment, " has, found ",
                          found.observation, " and ", found.action, "; choose another with --environment"));
}

void check_kind(const std::string& what, bool finite, std::string_view environment, bool expected_finite) {
  if (finite == expected_finite) return;
  const auto name = [](bool of_set) { return of_set ? "actions of a finite set" : "continuous actions"; };
  throw DataError(message(what, ": expected ", name(expected_finite), ", as ", environment, " has, found ",
                          name(finite), "; choose another with --environment"));
}

}  // namespace tool
