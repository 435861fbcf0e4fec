/// \file
/// Draws an episode from the side, by gnuplot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/types.hpp"

namespace tool {

/// Throws ConfigError unless the environment can be drawn, gnuplot is installed and the file's name ends in .png or
/// .gif; throws DataError unless the file can be written.
void check_render(const std::string& file, std::string_view environment);

/// Draws the states of an episode to a file that `check_render` has accepted: ten moments spread over the episode, side
/// by side, to a .png; its first ten seconds, as they pass, to a .gif. Throws DataError if that fails.
void render(const std::string& file, std::string_view environment, const std::vector<holdfast::Vector<double>>& states);

}  // namespace tool
