/// \file
/// Maze: walls, free cells, starts and a goal, drawn as text.
#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A cell of a maze. Its centre is at x = `row`, y = `column`, as in D4RL.
struct MazeCell {
  Index row = 0;
  Index column = 0;
  bool operator==(const MazeCell&) const = default;
};

/// A maze as text: rows of the same length, from the top, separated by blanks or line breaks. `#` is a wall, `O` is
/// free, `G` is the goal, exactly one, and `S` is a start. Where there is no `S`, episodes begin in any free cell and
/// in the goal, as in D4RL. The border is walls.
class Maze {
 public:
  /// Reads the text. Throws DataError, naming the row and the column, if it is not such a maze, or if the goal cannot
  /// be reached from a start.
  explicit Maze(std::string_view text) {
    std::istringstream words{std::string(text)};
    for (std::string row; words >> row;) rows_.push_back(row);
    read_cells();
    if (starts_.empty()) starts_ = free_;
    measure_distances();
  }

  [[nodiscard]] Index rows() const { return static_cast<Index>(rows_.size()); }
  [[nodiscard]] Index columns() const { return rows_.empty() ? 0 : static_cast<Index>(rows_.front().size()); }

  /// Returns whether a cell is a wall; what lies outside the maze is.
  [[nodiscard]] bool is_wall(MazeCell cell) const { return !is_inside(cell) || at(cell) == '#'; }

  [[nodiscard]] MazeCell goal() const { return goal_; }
  /// Returns the cells in which episodes begin, by rows.
  [[nodiscard]] const std::vector<MazeCell>& starts() const { return starts_; }
  /// Returns all cells that are not walls, by rows.
  [[nodiscard]] const std::vector<MazeCell>& free_cells() const { return free_; }

  /// Returns the number of steps from a cell to its neighbors, on a shortest way, to the goal. Returns a number above
  /// that of all cells for a wall, and where no way leads to the goal.
  [[nodiscard]] Index distance(MazeCell cell) const {
    return is_inside(cell) ? distances_[number(cell)] : unreachable();
  }

  /// Returns the neighbor that is next on a shortest way to the goal: up, down, left or right, the first of the best.
  /// Returns the cell itself if it is the goal, or no way leads there.
  [[nodiscard]] MazeCell towards_goal(MazeCell cell) const {
    MazeCell best = cell;
    for (const MazeCell next : neighbors(cell))
      if (distance(next) < distance(best)) best = next;
    return best;
  }

  /// Returns the text, a row in each line.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& row : rows_) all += row + '\n';
    return all;
  }

 private:
  [[nodiscard]] bool is_inside(MazeCell cell) const {
    return cell.row >= 0 && cell.row < rows() && cell.column >= 0 && cell.column < columns();
  }
  [[nodiscard]] char at(MazeCell cell) const {
    return rows_[static_cast<std::size_t>(cell.row)][static_cast<std::size_t>(cell.column)];
  }
  [[nodiscard]] std::size_t number(MazeCell cell) const {
    return static_cast<std::size_t>(cell.row * columns() + cell.column);
  }
  [[nodiscard]] Index unreachable() const { return rows() * columns() + 1; }

  static std::vector<MazeCell> neighbors(MazeCell cell) {
    return {{cell.row - 1, cell.column},
            {cell.row + 1, cell.column},
            {cell.row, cell.column - 1},
            {cell.row, cell.column + 1}};
  }

  void read_cells() {
    Index goals = 0;
    for (Index i = 0; i < rows(); ++i) {
      const std::string& row = rows_[static_cast<std::size_t>(i)];
      if (static_cast<Index>(row.size()) != columns())
        throw DataError(message("maze: row ", i, ": expected ", columns(), " cells, as in row 0, found ", row.size()));
      for (Index j = 0; j < columns(); ++j) read_cell({i, j}, goals);
    }
    if (goals != 1) throw DataError(message("maze: expected one goal, G, found ", goals));
  }

  void read_cell(MazeCell cell, Index& goals) {
    const char symbol = at(cell);
    const bool border = cell.row == 0 || cell.row + 1 == rows() || cell.column == 0 || cell.column + 1 == columns();
    if (std::string_view("#OGS").find(symbol) == std::string_view::npos || (border && symbol != '#'))
      throw DataError(message("maze: row ", cell.row, ", column ", cell.column, ": expected ",
                              border ? "a wall, #, at the border" : "#, O, G or S", ", found ", symbol));
    if (symbol == '#') return;
    free_.push_back(cell);
    if (symbol == 'S') starts_.push_back(cell);
    if (symbol == 'G') {
      goal_ = cell;
      ++goals;
    }
  }

  /// Goes outward from the goal, a ring of cells at a time.
  void measure_distances() {
    distances_.assign(static_cast<std::size_t>(rows() * columns()), unreachable());
    distances_[number(goal_)] = 0;
    std::vector<MazeCell> reached = {goal_};
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const MazeCell next : neighbors(reached[i])) {
        if (is_wall(next) || distances_[number(next)] != unreachable()) continue;
        distances_[number(next)] = distances_[number(reached[i])] + 1;
        reached.push_back(next);
      }
    for (const MazeCell start : starts_)
      if (distance(start) == unreachable())
        throw DataError(
            message("maze: row ", start.row, ", column ", start.column, ": expected a way to the goal, found none"));
  }

  std::vector<std::string> rows_;
  std::vector<MazeCell> free_;
  std::vector<MazeCell> starts_;
  MazeCell goal_;
  std::vector<Index> distances_;  // to the goal, by cell
};

}  // namespace holdfast
