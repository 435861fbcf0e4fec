/// \file
/// PointMaze: D4RL's point mass in a maze, and its three mazes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/point_maze/maze.hpp"

namespace holdfast {

/// The reward of a PointMaze, for the state after the step.
enum class MazeReward {
  sparse,  ///< 1 within the goal's radius, otherwise 0
  dense    ///< exp(−distance from the goal)
};

constexpr auto enumerators(MazeReward) {
  return std::array{Enumerator<MazeReward>{"sparse", MazeReward::sparse},
                    Enumerator<MazeReward>{"dense", MazeReward::dense}};
}

/// The parameters of a PointMaze. Lengths are in metres, which is the size of a cell.
struct PointMazeConfig {
  std::string maze = "##### #GOO# ###O# #OOO# #####";  ///< text of a Maze; this is D4RL's u-maze
  MazeReward reward = MazeReward::sparse;
  double goal_radius = 0.5;  ///< positive
  bool goal_ends = false;    ///< true if reaching the goal is terminal; in D4RL nothing is
  Index repeat = 1;          ///< physical steps of each action, at least 1
  Index time_limit = 300;    ///< steps, at least 1
  References references = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};

  /// Throws ConfigError naming the first field outside its range.
  void validate() const {
    require(goal_radius > 0, "point_maze.goal_radius", "positive", goal_radius);
    require(repeat >= 1, "point_maze.repeat", "at least 1", repeat);
    require(time_limit >= 1, "point_maze.time_limit", "at least 1", time_limit);
  }
};

/// A ball that is pushed through a maze: D4RL's maze2d (Fu et al. 2020; pointmaze/maze_model.py). State and
/// observation: position x, y and velocity v_x, v_y. Action: the forces along x and y, clipped to ±1, times 100 N.
///
/// A physical step of 0.01 s clips v to ±5, then v += 0.01 (100 a − v) / (m + 0.01) and q += 0.01 v: MuJoCo's implicit
/// Euler of a ball of radius 0.1 and density 1000 with a damping of 1, to its digits. At a wall the ball stops: its
/// position is held at the contact and that component of v is 0. MuJoCo's soft contact lets it bounce back by up to
/// 0.07 m/s.
///
/// D4RL's walls do not lie centred on the cells: a wall of row i keeps the ball's centre out of x in (i − 0.8, i +
/// 0.4). No step is terminal unless `goal_ends`.
class PointMaze {
 public:
  static constexpr double time_step = 0.01;
  static constexpr double mass = 4.188790204786391;  ///< 1000 · 4/3 π 0.1³
  static constexpr double force = 100;
  static constexpr double damping = 1;
  static constexpr double max_speed = 5;     ///< to which a step clips the velocity that it begins with
  static constexpr double wall_below = 0.8;  ///< how far the wall of a cell reaches below the cell's number
  static constexpr double wall_above = 0.4;  ///< how far it reaches above

  /// Begins at rest in the first cell where episodes begin, until `reset`. Throws ConfigError if a field is out of
  /// range, and DataError if the maze is none.
  explicit PointMaze(const PointMazeConfig& config = {}) : PointMaze(config, name()) {}

  [[nodiscard]] static constexpr const char* name() { return "point_maze"; }
  [[nodiscard]] const PointMazeConfig& config() const { return config_; }
  [[nodiscard]] const Maze& maze() const { return maze_; }
  [[nodiscard]] static constexpr Index observation_size() { return 4; }
  [[nodiscard]] static constexpr Index action_size() { return 2; }
  [[nodiscard]] Index time_limit() const { return config_.time_limit; }
  [[nodiscard]] static constexpr Interval reward_range() { return {0, 1}; }
  [[nodiscard]] References references() const { return config_.references; }

  /// Draws a cell where episodes begin, q within 0.1 of its number in both directions, and v from N(0, 0.1²).
  void reset(Generator& generator) {
    const MazeCell cell =
        maze_.starts()[static_cast<std::size_t>(generator.index(static_cast<Index>(maze_.starts().size())))];
    state_[0] = static_cast<double>(cell.row) + generator.uniform(-0.1, 0.1);
    state_[1] = static_cast<double>(cell.column) + generator.uniform(-0.1, 0.1);
    for (const Index i : {2, 3}) state_[i] = 0.1 * generator.normal();
  }

  void observe(Eigen::Ref<Vector<double>> out) const { out = state_; }

  /// Throws DataError if the action is not two finite numbers.
  StepResult step(ConstVectorRef action) {
    detail::check_vector(label_, "the action", action, 2);
    for (Index i = 0; i < config_.repeat; ++i) move(action);
    const double distance = distance_to_goal();
    const bool reached = distance <= config_.goal_radius;
    const double reward = config_.reward == MazeReward::dense ? std::exp(-distance) : reached ? 1 : 0;
    return {reward, config_.goal_ends && reached};
  }

  /// Returns the distance of the ball's centre from the goal.
  [[nodiscard]] double distance_to_goal() const {
    return std::hypot(state_[0] - static_cast<double>(maze_.goal().row),
                      state_[1] - static_cast<double>(maze_.goal().column));
  }

  /// Returns x, y, v_x, v_y.
  [[nodiscard]] const Vector<double>& state() const { return state_; }

  /// Throws DataError unless the state is four finite numbers with a position that no wall keeps the ball out of.
  void set_state(ConstVectorRef state) {
    detail::check_vector(label_, "the state", state, 4);
    if (is_blocked(state[0], state[1]))
      throw DataError(message(label_, ": the position (", state[0], ", ", state[1], ") is in a wall"));
    state_ = state;
  }

  /// Returns the state behind an observation: itself, but for a position that rounding, or MuJoCo's soft contact, has
  /// put up to 0.01 inside a wall: that is moved to the contact.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    detail::check_vector(label_, "the observation", observation, 4);
    const auto is_near = [](double contact, double position) { return std::abs(contact - position) <= 0.01 + rest; };
    const double x = observation[0];
    const double y = observation[1];
    Vector<double> state = observation;
    for (const double row : {x, below(x), above(x)})  // as they are first, then as little moved as can be
      for (const double column : {y, below(y), above(y)})
        if (is_blocked(state[0], state[1]) && is_near(row, x) && is_near(column, y)) state.head(2) << row, column;
    return state;
  }

  /// Goes along the corridors, from cell to cell on a shortest way, as D4RL's controller does: a = 10 (waypoint − q) −
  /// v, clipped. The last waypoint is the goal.
  bool scripted(const Vector<double>& observation, Vector<double>& action) const {
    const MazeCell here = cell_at(observation[0], observation[1]);
    const MazeCell next = maze_.towards_goal(here);
    Vector<double> waypoint = middle(next);
    if (here == maze_.goal()) waypoint << static_cast<double>(here.row), static_cast<double>(here.column);
    action = (10 * (waypoint - observation.head(2)) - observation.tail(2)).cwiseMax(-1).cwiseMin(1);
    return true;
  }

  /// Returns whether a wall keeps the ball's centre out of a position. What lies outside the maze is a wall.
  [[nodiscard]] bool is_blocked(double x, double y) const {
    const auto is_outside = [](double position, Index cells) {
      return !(position > -1 && position < static_cast<double>(cells + 1));
    };
    if (is_outside(x, maze_.rows()) || is_outside(y, maze_.columns())) return true;
    for (double row = first_covering(x); row <= last_covering(x); ++row)
      for (double column = first_covering(y); column <= last_covering(y); ++column)
        if (maze_.is_wall({static_cast<Index>(row), static_cast<Index>(column)})) return true;
    return false;
  }

  /// Returns the cell whose corridor holds a position.
  [[nodiscard]] MazeCell cell_at(double x, double y) const {
    const auto nearest = [](double position, Index cells) {
      return static_cast<Index>(std::lround(std::clamp(position - shift, 0.0, static_cast<double>(cells))));
    };
    return {nearest(x, maze_.rows()), nearest(y, maze_.columns())};
  }

  /// Returns the middle of the corridor through a cell.
  [[nodiscard]] static Vector<double> middle(MazeCell cell) {
    Vector<double> at(2);
    at << static_cast<double>(cell.row) + shift, static_cast<double>(cell.column) + shift;
    return at;
  }

 protected:
  /// `label` names the maze in errors.
  PointMaze(const PointMazeConfig& config, const char* label) : config_(config), maze_(config.maze), label_(label) {
    config_.validate();
    state_.setZero(4);
    state_.head(2) = middle(maze_.starts().front());
  }

 private:
  static constexpr double shift = (wall_above - wall_below) / 2;  // of the walls' middle from the cell's number
  // A ball that is pressed against a wall rests this far from it in MuJoCo, by its soft contact.
  static constexpr double rest = 0.00137;

  void move(ConstVectorRef action) {
    for (const Index i : {0, 1}) {
      const double push = force * std::clamp(action[i], -1.0, 1.0);
      double& speed = state_[2 + i];
      speed = std::clamp(speed, -max_speed, max_speed);
      speed += time_step * (push - damping * speed) / (mass + time_step * damping);
    }
    for (const Index i : {0, 1}) advance(i);
  }

  /// Moves along one axis, up to a wall.
  void advance(Index axis) {
    double& position = state_[axis];
    double& speed = state_[2 + axis];
    position += time_step * speed;
    if (speed == 0 || !is_blocked(state_[0], state_[1])) return;
    // It has entered the range of one more cell, and is held before that.
    position = speed > 0 ? below(position) : above(position);
    speed = 0;
  }

  // A wall reaches from its cell's number − wall_below to its number + wall_above: the cells, one or two, whose walls
  // would cover a coordinate.
  static double first_covering(double position) { return std::floor(position - wall_above) + 1; }
  static double last_covering(double position) { return std::ceil(position + wall_below) - 1; }

  // The contacts next to a position inside a wall, on either side.
  static double below(double position) { return last_covering(position) - wall_below - rest; }
  static double above(double position) { return first_covering(position) + wall_above + rest; }

  PointMazeConfig config_;
  Maze maze_;
  const char* label_;
  Vector<double> state_;
};

/// D4RL's maze2d-umaze.
class UMaze : public PointMaze {
 public:
  UMaze() : PointMaze({.references = {23.85, 161.86}}, name()) {}
  [[nodiscard]] static constexpr const char* name() { return "maze2d_umaze"; }
};

/// D4RL's maze2d-medium.
class MediumMaze : public PointMaze {
 public:
  MediumMaze()
      : PointMaze({.maze = "######## #OO##OO# #OO#OOO# ##OOO### #OO#OOO# #O#OO#O# #OOO#OG# ########",
                   .time_limit = 600,
                   .references = {13.13, 277.39}},
                  name()) {}
  [[nodiscard]] static constexpr const char* name() { return "maze2d_medium"; }
};

/// D4RL's maze2d-large.
class LargeMaze : public PointMaze {
 public:
  LargeMaze()
      : PointMaze({.maze = "############ #OOOO#OOOOO# #O##O#O#O#O# #OOOOOO#OOO# #O####O###O# #OO#O#OOOOO# "
                           "##O#O#O#O### #OO#OOO#OGO# ############",
                   .time_limit = 800,
                   .references = {6.7, 273.99}},
                  name()) {}
  [[nodiscard]] static constexpr const char* name() { return "maze2d_large"; }
};

}  // namespace holdfast
