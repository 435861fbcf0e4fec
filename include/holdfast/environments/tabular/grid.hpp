/// \file
/// grid_mdp: gridworlds written as text.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The parameters of `grid_mdp`.
struct GridConfig {
  double goal_reward = 1;  ///< reward of a step into a goal
  double pit_reward = -1;  ///< reward of a step into a pit
  double step_reward = 0;  ///< reward of every other step, including bumps into walls
  double slip = 0;         ///< probability of moving sideways instead, half to each side, in [0, 1]

  /// Throws ConfigError naming the first field outside its range.
  void validate() const {
    require(std::isfinite(goal_reward), "grid.goal_reward", "finite", goal_reward);
    require(std::isfinite(pit_reward), "grid.pit_reward", "finite", pit_reward);
    require(std::isfinite(step_reward), "grid.step_reward", "finite", step_reward);
    require(slip >= 0 && slip <= 1, "grid.slip", "in [0, 1]", slip);
  }
};

/// A cell of a grid, from 0: lines from the top, columns from the left.
struct GridCell {
  Index line = 0;
  Index column = 0;
  friend bool operator==(const GridCell&, const GridCell&) = default;
};

/// A gridworld with the positions of its states, for plots.
struct Grid {
  TabularMdp mdp;
  std::vector<std::string> lines;                                  ///< the text, one character per cell
  std::vector<GridCell> cells;                                     ///< cell of each state, in reading order
  Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic> states_at;  ///< state of each cell, lines × columns; −1 for none

  /// Returns the character of a cell.
  [[nodiscard]] char at(const GridCell& cell) const {
    return lines[static_cast<std::size_t>(cell.line)][static_cast<std::size_t>(cell.column)];
  }

  [[nodiscard]] Index height() const { return states_at.rows(); }
  [[nodiscard]] Index width() const { return states_at.cols(); }
};

/// The actions in a grid.
enum class GridAction { up, right, down, left };

namespace detail {

/// Returns the lines of a text, without a line break at its very beginning and end. Throws DataError, naming line and
/// column from 1, if they are not a valid grid.
inline std::vector<std::string> grid_lines(std::string_view text) {
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::string> lines(1);
  for (const char letter : text)
    if (letter == '\n')
      lines.emplace_back();
    else
      lines.back() += letter;

  bool starts = false;
  for (std::size_t line = 0; line < lines.size(); ++line) {
    for (std::size_t column = 0; column < lines[line].size(); ++column) {
      const char letter = lines[line][column];
      if (std::string_view("#.SGX").find(letter) == std::string_view::npos)
        throw DataError(message("grid: line ", line + 1, ", column ", column + 1,
                                ": must be one of # . S G X, but is '", letter, "'"));
      starts = starts || letter == 'S';
    }
    if (lines[line].size() != lines[0].size())
      throw DataError(message("grid: line ", line + 1, " must have ", lines[0].size(),
                              " columns as the first has, but has ", lines[line].size()));
  }
  if (!starts)
    throw DataError(
        message("grid: at least one cell must be a start, S, but none of lines 1 to ", lines.size(), " is"));
  return lines;
}

/// Adds a move in the given direction (numbered like GridAction) to the possible outcomes of an action in a state.
inline void add_grid_move(Grid& grid, const GridConfig& config, Index state, Index action, Index direction,
                          double chance) {
  constexpr std::array<GridCell, 4> moves{{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}};
  const GridCell& cell = grid.cells[static_cast<std::size_t>(state)];
  const GridCell& move = moves[static_cast<std::size_t>(direction)];
  GridCell next{cell.line + move.line, cell.column + move.column};
  const bool inside = next.line >= 0 && next.line < grid.height() && next.column >= 0 && next.column < grid.width();
  if (!inside || grid.at(next) == '#') next = cell;
  double reward = config.step_reward;
  if (const Index reached = grid.states_at(next.line, next.column); reached >= 0) {
    grid.mdp.transitions(reached, grid.mdp.column(state, action)) += chance;
  } else {
    grid.mdp.terminations(action, state) += chance;
    reward = grid.at(next) == 'G' ? config.goal_reward : config.pit_reward;
  }
  grid.mdp.rewards(action, state) += chance * reward;
}

}  // namespace detail

/// Returns the gridworld of a text. '#' is a wall, '.' is free, 'S' is free and an initial state, 'G' is a goal and 'X'
/// a pit. Several initial states have equal probability.
///
/// The states are the free cells, in reading order. A step into a goal or a pit ends the process. The actions are those
/// of GridAction: up, right, down, left. A move into a wall or off the grid leaves the state unchanged. Rewards are
/// expected values over slips. A line break at the very beginning or end of the text is ignored.
///
/// Throws DataError, naming line and column from 1, if the text is not a valid grid. Throws ConfigError if the config
/// is not valid.
[[nodiscard]] inline Grid grid_mdp(std::string_view text, const GridConfig& config = {}) {
  config.validate();
  Grid grid;
  grid.lines = detail::grid_lines(text);
  grid.states_at.setConstant(static_cast<Index>(grid.lines.size()), static_cast<Index>(grid.lines[0].size()), -1);
  for (Index line = 0; line < grid.height(); ++line)
    for (Index column = 0; column < grid.width(); ++column)
      if (const char letter = grid.at({line, column}); letter == '.' || letter == 'S') {
        grid.states_at(line, column) = static_cast<Index>(grid.cells.size());
        grid.cells.push_back({line, column});
      }

  grid.mdp = TabularMdp::zeros(static_cast<Index>(grid.cells.size()), 4);
  for (Index state = 0; state < grid.mdp.states(); ++state) {
    if (grid.at(grid.cells[static_cast<std::size_t>(state)]) == 'S') grid.mdp.initial[state] = 1;
    for (Index action = 0; action < 4; ++action) {
      detail::add_grid_move(grid, config, state, action, action, 1 - config.slip);
      for (const Index turn : {1, 3})
        detail::add_grid_move(grid, config, state, action, (action + turn) % 4, config.slip / 2);
    }
  }
  grid.mdp.initial /= grid.mdp.initial.sum();
  return grid;
}

}  // namespace holdfast
