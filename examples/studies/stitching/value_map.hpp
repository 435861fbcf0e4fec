/// \file
/// ValueMap: a learner's values all over a world, and the ways that its policy takes, for the pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/any_learner.hpp"
#include "studies/stitching/grid_world.hpp"
#include "studies/stitching/maze_world.hpp"

namespace stitching {

/// A point of a picture: x to the right, y downwards, in cells.
struct MapPoint {
  double x = 0;
  double y = 0;
  double value = 0;  ///< value of the state; for a way, the number of the episode
};

/// Writes points as x, y, value.
inline void write_points(const std::filesystem::path& file, const std::vector<MapPoint>& points) {
  CsvWriter csv(file, {"x", "y", "value"});
  for (const MapPoint& point : points) csv.row({point.x, point.y, point.value});
}

/// The values of all states of a grid, or of the ball at rest all over a maze, and the ways of some episodes.
struct ValueMap {
  std::vector<MapPoint> values;
  std::vector<MapPoint> ways;

  ValueMap() = default;

  ValueMap(const GridWorld& world, const Vector<double>& value) {
    for (Index s = 0; s < value.size(); ++s) {
      const GridCell& cell = world.grid().cells[static_cast<std::size_t>(s)];
      values.push_back({static_cast<double>(cell.column), static_cast<double>(cell.line), value(s)});
    }
  }

  ValueMap(const MazeWorld& world, const AnyLearner<float>& learner) {
    constexpr double spacing = 0.1;
    const PointMaze& maze = world.task().inner();
    for (double x = 0; x < static_cast<double>(maze.maze().rows()); x += spacing)
      for (double y = 0; y < static_cast<double>(maze.maze().columns()); y += spacing)
        if (!maze.is_blocked(x, y)) values.push_back({y, x, 0});
    Matrix<float> observations = Matrix<float>::Zero(4, static_cast<Index>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      observations(0, static_cast<Index>(i)) = static_cast<float>(values[i].y);
      observations(1, static_cast<Index>(i)) = static_cast<float>(values[i].x);
    }
    const Row<float> found = learner.state_values(observations);
    for (std::size_t i = 0; i < values.size(); ++i) values[i].value = static_cast<double>(found(static_cast<Index>(i)));
    add_ways(world, learner);
  }

  /// Writes PREFIX-values.csv and, if there are ways, PREFIX-ways.csv.
  void write(const std::filesystem::path& prefix) const {
    write_points(prefix.string() + "-values.csv", values);
    if (!ways.empty()) write_points(prefix.string() + "-ways.csv", ways);
  }

 private:
  void add_ways(const MazeWorld& world, const AnyLearner<float>& learner) {
    constexpr int episodes = 10;
    DeployedPolicy policy(learner.acting(), Normalization<float>::identity(4));
    Generator generator(1, Stream::evaluation);
    DeadEndMaze task = world.task();
    Matrix<float> observation(4, 1);
    Matrix<float> action;
    for (int episode = 0; episode < episodes; ++episode) {
      task.reset(generator);
      for (Index step = 0; step < DeadEndMaze::time_limit(); ++step) {
        ways.push_back({task.state()[1], task.state()[0], static_cast<double>(episode)});
        observation = task.state().cast<float>();
        policy.act(observation, Acting::mode, generator, action);
        if (task.step(action.col(0).cast<double>()).terminal) break;
      }
    }
  }
};

/// Returns the ways of the first trajectories of a dataset of the maze.
inline std::vector<MapPoint> recorded_ways(const Transitions<>& data, Index count) {
  std::vector<MapPoint> ways;
  Index number = 0;
  for (const TrajectoryRange& range : trajectories(data)) {
    if (number == count) break;
    for (Index row = range.begin; row < range.end; ++row)
      ways.push_back({static_cast<double>(data.observations(1, row)), static_cast<double>(data.observations(0, row)),
                      static_cast<double>(number)});
    ++number;
  }
  return ways;
}

}  // namespace stitching
