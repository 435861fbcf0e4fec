#include "tool/acting.hpp"

#include <vector>

#include "holdfast/core/errors.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

CLI::Option* add_environment_option(CLI::App& command, std::string& name) {
  const CLI::Validator known([](const std::string& given) { return program::why_no_environment(given); },
                             program::one_of(program::environment_names()).get_description());
  return command.add_option("--environment", name, "Environment")->check(known);
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
