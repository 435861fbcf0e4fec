/// \file
/// Tests mazes as text.
#include "holdfast/environments/point_maze/maze.hpp"

#include "catch.hpp"

namespace maze_test {

using namespace holdfast;

TEST_CASE("A maze is read from text, with its walls, starts, goal and ways", "[maze]") {
  const Maze maze("##### #GOO# ###O# #OOO# #####");
  CHECK(maze.rows() == 5);
  CHECK(maze.columns() == 5);
  CHECK(maze.goal() == MazeCell{1, 1});
  CHECK(maze.free_cells().size() == 7);
  CHECK(maze.starts() == maze.free_cells());
  CHECK(maze.is_wall({2, 1}));
  CHECK_FALSE(maze.is_wall({3, 1}));
  CHECK(maze.is_wall({-1, 2}));
  CHECK(maze.distance({3, 1}) == 6);
  CHECK(maze.distance({1, 1}) == 0);
  CHECK(maze.distance({2, 2}) > 25);
  CHECK(maze.distance({9, 9}) > 25);
  CHECK(maze.towards_goal({3, 3}) == MazeCell{2, 3});
  CHECK(maze.towards_goal({1, 1}) == MazeCell{1, 1});
  CHECK(Maze(maze.text()).text() == maze.text());
}

TEST_CASE("Where starts are drawn, episodes begin there", "[maze]") {
  const Maze maze("######\n#SOOG#\n#S#O##\n######\n");
  CHECK(maze.starts() == std::vector<MazeCell>{{1, 1}, {2, 1}});
  CHECK(maze.towards_goal({2, 3}) == MazeCell{1, 3});
}

TEST_CASE("A text that is no maze is refused, with the place", "[maze]") {
  CHECK_THROWS_WITH(Maze(""), Contains("maze: expected one goal, G, found 0"));
  CHECK_THROWS_WITH(Maze("#### #GG# ####"), Contains("maze: expected one goal, G, found 2"));
  CHECK_THROWS_WITH(Maze("#### #G# ####"), Contains("maze: row 1: expected 4 cells, as in row 0, found 3"));
  CHECK_THROWS_WITH(Maze("#### #Gx# ####"), Contains("maze: row 1, column 2: expected #, O, G or S, found x"));
  CHECK_THROWS_WITH(Maze("#### #GO# #O##"),
                    Contains("maze: row 2, column 1: expected a wall, #, at the border, found O"));
  CHECK_THROWS_WITH(Maze("##### #S#G# #####"),
                    Contains("maze: row 1, column 1: expected a way to the goal, found none"));
}

}  // namespace maze_test
