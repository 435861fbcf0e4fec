/// \file
/// Runs programs as users and scripts do, with their files, their output and their exit codes.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"

namespace holdfast::testing {

[[nodiscard]] inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Returns the cells of a line of CSV, in which nothing is quoted; without an empty one at its end.
[[nodiscard]] inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

/// Returns the cells below a name in a table of CSV, in the order of its rows.
[[nodiscard]] inline std::vector<std::string> column_of(const std::string& csv, const std::string& name) {
  const std::vector<std::string> lines = lines_of(csv);
  REQUIRE_FALSE(lines.empty());
  const std::vector<std::string> names = cells_of(lines.front());
  const auto found = std::find(names.begin(), names.end(), name);
  REQUIRE(found != names.end());
  std::vector<std::string> column;
  for (std::size_t row = 1; row < lines.size(); ++row)
    column.push_back(cells_of(lines[row]).at(static_cast<std::size_t>(found - names.begin())));
  return column;
}

/// The result of running a program.
struct Outcome {
  int exit_code;
  std::string output;
  std::string error;
};

/// Returns the lines on standard error, without those that show progress, such as "train bc: 10% about 3 s left".
[[nodiscard]] inline std::string complaints(const std::string& error) {
  std::string rest;
  for (const std::string& line : lines_of(error))
    if (!std::regex_match(line, std::regex("[^:]+: +[0-9]+%  .*"))) rest += line + '\n';
  return rest;
}

/// A program, with a folder of its own to run in.
class Bench {
 public:
  explicit Bench(std::string program) : program_(std::move(program)) {}

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }

  /// Returns the program, quoted for a shell command.
  [[nodiscard]] std::string program() const { return "'" + program_ + "' "; }

  [[nodiscard]] Outcome shell(const std::string& command) const {
    const std::string streams = " >'" + path("stdout") + "' 2>'" + path("stderr") + "'";
    const int status = std::system(("cd '" + path("") + "' && { " + command + "; }" + streams).c_str());
    return {WEXITSTATUS(status), content(path("stdout")), content(path("stderr"))};
  }

  [[nodiscard]] Outcome run(const std::string& arguments) const { return shell(program() + arguments); }

  /// Runs the program. Checks that it succeeds and prints only progress on standard error. Returns its output.
  std::string ok(const std::string& arguments) const {
    const Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.output << outcome.error);
    CHECK(outcome.exit_code == 0);
    CHECK(complaints(outcome.error).empty());
    return outcome.output;
  }

  /// Runs the program. Checks that it refuses the arguments with exit code 2 and one line of an expected error, besides
  /// progress. Returns that line.
  std::string refused(const std::string& arguments, const std::string& expected) const {
    const Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.output << outcome.error);
    CHECK(outcome.exit_code == 2);
    const std::string error = complaints(outcome.error);
    CHECK(error.starts_with("error: "));
    CHECK(error.find('\n') == error.size() - 1);
    CHECK_THAT(error, Contains(expected) && !Contains("unexpected: "));
    return error;
  }

 private:
  std::string program_;
  fixture::TemporaryDirectory directory_;
};

}  // namespace holdfast::testing
