/// \file
/// CorridorController: drives a point mass along the corridors of a maze, with noise that is correlated in time.
#pragma once

#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/environments/point_maze/point_maze.hpp"

namespace program {

/// Chooses forces that lead a point mass to the next cell on the way to a maze's goal, plus noise, clipped to ±1. The
/// noise is a first-order autoregressive process.
class CorridorController {
 public:
  /// `noise` is the standard deviation of the noise.
  explicit CorridorController(double noise) : size_(noise) {}

  /// Returns the action in a state of `task`. `way` is the maze with its goal where the mass shall go.
  holdfast::Vector<double> act(const holdfast::PointMaze& task, const holdfast::Maze& way,
                               holdfast::Generator& generator) {
    constexpr double kept = 0.8;
    const holdfast::Vector<double>& state = task.state();
    for (holdfast::Index i = 0; i < 2; ++i)
      noise_[i] = kept * noise_[i] + std::sqrt(1 - kept * kept) * size_ * generator.normal();
    const holdfast::MazeCell next = way.towards_goal(task.cell_at(state[0], state[1]));
    const holdfast::Vector<double> action =
        10 * (holdfast::PointMaze::middle(next) - state.head(2)) - state.tail(2) + noise_;
    return action.cwiseMax(-1).cwiseMin(1);
  }

 private:
  double size_;
  holdfast::Vector<double> noise_ = holdfast::Vector<double>::Zero(2);
};

}  // namespace program
