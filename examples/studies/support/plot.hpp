/// \file
/// Makes pictures with gnuplot, if it is installed.
#pragma once

#include <filesystem>
#include <string>

#include "holdfast/core/whole_file.hpp"
#include "support/gnuplot.hpp"

namespace program {

/// Makes the y axis of the next plots logarithmic on both sides of zero: it shows values of either sign and any size.
constexpr const char* symmetric_log_y =
    "set nonlinear y via asinh(y) inverse sinh(y)\n"
    "set ytics (-1e6, -1e5, -1e4, -1000, -100, -10, -1, 0, 1, 10, 100, 1000, 1e4, 1e5, 1e6)\n";

/// Undoes symmetric_log_y.
constexpr const char* linear_y = "unset nonlinear y\nset ytics auto\n";

/// Writes `script` to `directory/name.gp` and runs gnuplot on it inside the directory, so that the script names its
/// files without a path. Returns a message for the user. If gnuplot is missing or fails, script and data stay.
inline std::string plot(const std::filesystem::path& directory, const std::string& name, const std::string& script) {
  const std::filesystem::path file = directory / (name + ".gp");
  holdfast::write_whole_file(file.string(), script);
  if (!has_gnuplot())
    return "no picture: gnuplot is not installed; with it, run: cd " + directory.string() + " && gnuplot " + name +
           ".gp";
  if (!run_gnuplot(directory, name + ".gp")) return "no picture: gnuplot failed on " + file.string();
  return "picture: " + (directory / (name + ".png")).string();
}

}  // namespace program
