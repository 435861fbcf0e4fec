/// \file
/// Runs gnuplot.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace program {

/// Returns whether gnuplot is installed.
inline bool has_gnuplot() {
  return std::system("gnuplot --version >/dev/null 2>&1") == 0;  // NOLINT(concurrency-mt-unsafe): one thread asks
}

/// Runs gnuplot on a script of a folder, inside it, so that the script names its files without a path. `redirections`
/// are those of a shell. Returns whether gnuplot succeeded.
inline bool run_gnuplot(const std::filesystem::path& folder, const std::string& script,
                        const std::string& redirections = "") {
  std::string quoted = "'";
  for (const char c : folder.string()) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const std::string command = "cd " + quoted + "' && gnuplot " + script + redirections;
  return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): one thread draws
}

}  // namespace program
