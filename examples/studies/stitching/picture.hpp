/// \file
/// The picture of the study: values all over the two worlds, and the ways through the maze.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>

#include "studies/stitching/maze_world.hpp"
#include "studies/stitching/value_map.hpp"

namespace stitching {

/// The names of the maps in the folder, and their titles.
struct Panel {
  const char* name;
  const char* title;
};
constexpr std::array<Panel, 3> grid_panels{{{"grid-best", "best values that the data allow"},
                                            {"grid-iql", "V of IQL, tau = 0.9, lambda = 0.03"},
                                            {"grid-cql", "V of CQL, alpha = 0.1"}}};
constexpr std::array<Panel, 3> maze_panels{{{"maze-data", "the data: 60 of 200 trajectories"},
                                            {"maze-iql", "IQL, tau = 0.9, lambda = 0.3: V, and 10 episodes"},
                                            {"maze-cql", "CQL, alpha = 1: V, and 10 episodes"}}};

/// Returns whether all maps of the picture are there.
inline bool has_maps(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto there = [&](const Panel& panel, const char* end) {
    return fs::exists(folder / (panel.name + std::string(end)));
  };
  return std::all_of(grid_panels.begin(), grid_panels.end(), [&](const Panel& p) { return there(p, "-values.csv"); }) &&
         there(maze_panels[1], "-values.csv") && there(maze_panels[2], "-values.csv") &&
         there(maze_panels[0], "-ways.csv");
}

/// Returns gnuplot commands that name the places, each at the x and y of `at(place)`.
template <class At>
std::string label_places(At&& at) {
  std::ostringstream gp;
  for (const auto& [letter, name] : {std::pair{place::start, "S"},
                                     {place::middle, "M"},
                                     {place::goal, "G"},
                                     {place::first_end, "✕"},
                                     {place::second_end, "✕"}}) {
    const auto [x, y] = at(letter);
    gp << "set label '" << name << "' at " << x << ',' << y << " center front font 'sans Bold,14'\n";
  }
  return gp.str();
}

/// Returns the commands for the grid.
inline std::string label_grid() {
  const Layout layout(grid_layout);
  return label_places([&](char place) { return std::pair{layout.at(place).column, layout.at(place).row}; });
}

/// Returns the commands for the maze, in place of the grid's labels.
inline std::string label_maze() {
  const Layout layout(maze_layout);
  return "unset object\nunset label\n" + label_places([&](char place) {
           const Vector<double> at = PointMaze::middle(layout.at(place));
           return std::pair{at[1], at[0]};
         });
}

/// Returns the gnuplot script.
inline std::string picture_script() {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1500,560 font 'sans,11'\nset output 'stitching.png'\nset datafile separator ','\n"
     << "set multiplot layout 2,3\nset yrange [*:*] reverse\nset size ratio -1\nunset xtics\nunset ytics\nset border "
        "0\n"
     << "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')\n";
  gp << label_grid() << "set xrange [0.3:11.7]\nset yrange [5.7:0.3]\n";
  for (const Panel& panel : grid_panels)
    gp << "set title '" << panel.title << "'\nplot '" << panel.name
       << "-values.csv' every ::1 using 1:2:(0.5):(0.5):3 with boxxyerror palette fillstyle solid noborder notitle\n";
  gp << label_maze() << "set xrange [0.1:9.5]\nset yrange [3.6:0.1]\n";
  for (const Panel& panel : maze_panels) {
    gp << "set title '" << panel.title << "'\nplot ";
    if (panel.name != maze_panels[0].name)
      gp << "'" << panel.name
         << "-values.csv' every ::1 using 1:2:(0.05):(0.05):3 with boxxyerror palette fillstyle solid noborder "
            "notitle, ";
    const bool data = panel.name == maze_panels[0].name;
    for (int way = 0; way < (data ? 60 : 10); ++way)
      gp << (way > 0 ? ", " : "") << "'" << panel.name << "-ways.csv' every ::1 using ($3==" << way
         << "?$1:1/0):2 with lines linewidth " << (data ? 0.5 : 1.5) << " linecolor rgb '"
         << (data ? "#333333" : "#ff4040") << "' notitle";
    gp << '\n';
  }
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace stitching
