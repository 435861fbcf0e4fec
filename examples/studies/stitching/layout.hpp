/// \file
/// Layout: a drawn maze with the named places of the study, for the grid and for the point mass.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/point_maze/maze.hpp"

namespace stitching {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// The named places, each drawn once by its letter.
namespace place {
constexpr char start = 'S';
constexpr char middle = 'M';
constexpr char goal = 'G';
constexpr char first_end = 'W';   ///< the wrong end of a first half; in crossing data the other start
constexpr char second_end = 'X';  ///< the wrong end of a second half
constexpr char before = 'B';      ///< a few steps before the middle, where overlapping second halves begin
constexpr char beyond = 'A';      ///< a few steps beyond the middle, where second halves begin after a gap
}  // namespace place

/// Two rooms with a door. From the start to the middle, and from there to the goal, it takes 7 steps.
constexpr std::string_view grid_layout =
    "#############\n"
    "#W....#....X#\n"
    "#.....#.....#\n"
    "#.B...M.A...#\n"
    "#.....#.....#\n"
    "#S....#....G#\n"
    "#############\n";

/// Two corridors with a passage between them. Each half takes the point mass about 20 steps.
constexpr std::string_view maze_layout =
    "###########\n"
    "#X...A...G#\n"
    "#####M#####\n"
    "#S..B....W#\n"
    "###########\n";

/// A maze as text with walls, '#', free cells, '.', and places.
class Layout {
 public:
  explicit Layout(std::string_view text) : text_(text) {
    MazeCell cell;
    for (const char letter : text_) {
      if (letter == '\n') {
        cell = {cell.row + 1, 0};
        continue;
      }
      if (letter != '#' && letter != '.') cells_[letter] = cell;
      ++cell.column;
    }
  }

  /// Returns the cell of a place.
  [[nodiscard]] MazeCell at(char place) const { return cells_.at(place); }

  /// Returns the text with each place drawn as `drawn(place)` says.
  template <class Drawn>
  [[nodiscard]] std::string text(Drawn&& drawn) const {
    std::string copy(text_);
    for (char& letter : copy)
      if (letter != '#' && letter != '.' && letter != '\n') letter = drawn(letter);
    return copy;
  }

  /// Returns the maze with its goal in a cell, to find the way there.
  [[nodiscard]] Maze towards(MazeCell goal) const {
    std::string copy = text([](char) { return '.'; });
    for (char& letter : copy)
      if (letter == '.') letter = 'O';
    const auto width = static_cast<Index>(text_.find('\n')) + 1;
    copy[static_cast<std::size_t>(goal.row * width + goal.column)] = 'G';
    return Maze(copy);
  }

 private:
  std::string_view text_;
  std::map<char, MazeCell> cells_;
};

}  // namespace stitching
