/// \file
/// The journeys of which a dataset consists: from where, past which places, to where.
#pragma once

#include <cstddef>
#include <iterator>
#include <vector>

#include "holdfast/core/random.hpp"
#include "studies/stitching/data_kinds.hpp"

namespace stitching {

/// One trajectory to record.
struct Journey {
  MazeCell from;
  std::vector<MazeCell> past;   ///< cells to be reached one after the other; the last is its end
  bool from_arrival = false;    ///< begins as a first half arrives, with its speed
  bool ends_in_middle = false;  ///< is a first half that arrives
};

/// Draws the next journey of a kind of data.
inline Journey draw_journey(const DataKind& kind, const Layout& layout, const Maze& maze, Generator& generator) {
  constexpr double wrong = 0.7;  // share of the branches that go to a dead end
  const bool first = generator.uniform() < 0.5;
  const auto at = [&](char place) { return layout.at(place); };
  switch (kind.halves) {
    case Halves::crossing:
      if (first) return {at(place::start), {at(place::middle), at(place::second_end)}};
      return {at(place::first_end), {at(place::middle), at(place::goal)}};
    case Halves::navigate: {
      const std::vector<MazeCell>& cells = maze.free_cells();
      const auto any = [&] { return cells[static_cast<std::size_t>(generator.index(std::ssize(cells)))]; };
      MazeCell from = any();
      while (from == maze.goal()) from = any();  // episodes end there
      MazeCell to = any();
      while (to == from) to = any();
      return {from, {to}};
    }
    case Halves::posed:
    case Halves::branch: break;
  }
  const bool fails = kind.halves == Halves::branch && generator.uniform() < wrong;
  if (first) {
    if (fails) return {at(place::start), {at(place::first_end)}};
    return {.from = at(place::start), .past = {at(place::middle)}, .ends_in_middle = true};
  }
  const MazeCell end = at(fails ? place::second_end : place::goal);
  if (kind.ending == Ending::overlap) return {at(place::before), {at(place::middle), end}};
  if (kind.ending == Ending::gap) return {at(place::beyond), {end}};
  return {.from = at(place::middle), .past = {end}, .from_arrival = true};
}

}  // namespace stitching
