/// \file
/// One run in the maze.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "holdfast/data/best_trajectories.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/stitching/learners.hpp"
#include "studies/stitching/maze_world.hpp"
#include "studies/stitching/results.hpp"
#include "studies/stitching/value_map.hpp"

namespace stitching {

/// The best discounted values that stitching two recorded pieces gives, for comparison with a learner's.
struct BestPieces {
  double start = 0;   ///< the fewest steps from the start to the middle, and then the best from there
  double middle = 0;  ///< the largest return from where a trajectory passes the middle
};

/// Finds the best pieces. A first half that ends the episode in the middle has no second half behind it.
inline BestPieces best_pieces(const Transitions<>& data) {
  const Layout layout(maze_layout);
  const auto is_in = [&](const auto& observation, char place) {
    return (observation.template cast<double>().head(2) - PointMaze::middle(layout.at(place))).norm() <= 0.5;
  };
  double middle = -std::numeric_limits<double>::infinity();
  double start = -std::numeric_limits<double>::infinity();
  struct Piece {
    double paid = 0;
    double weight = 1;
    bool goes_on = true;
  };
  std::vector<Piece> pieces;
  for (const TrajectoryRange& range : trajectories(data)) {
    const bool from_start = is_in(data.observations.col(range.begin), place::start);
    Piece piece;
    bool passed = is_in(data.observations.col(range.begin), place::middle);
    double after = 0;
    double weight = 1;
    for (Index row = range.begin; row < range.end; ++row) {
      const auto reward = static_cast<double>(data.rewards(row));
      if (passed) {
        after += weight * reward;
        weight *= discount;
        continue;
      }
      piece.paid += piece.weight * reward;
      piece.weight *= discount;
      passed = is_in(data.next_observations.col(row), place::middle);
      piece.goes_on = data.terminals(row) == 0;
    }
    if (!passed) continue;
    if (from_start) pieces.push_back(piece);
    if (weight < 1 && !range.timeout) middle = std::max(middle, after);
  }
  for (const Piece& piece : pieces) start = std::max(start, piece.paid + (piece.goes_on ? piece.weight * middle : 0));
  return {start, middle};
}

/// Does a run in the maze. `job` names it.
inline Result run_in_maze(const DataKind& kind, const Setting& setting, Result job, ValueMap* map) {
  const MazeWorld world(kind);
  const auto seed = static_cast<std::uint64_t>(job.seed);
  const Transitions<> data = world.data(seed);
  const BestPieces best = best_pieces(data);
  if (std::isfinite(best.start)) job.best_start = best.start;
  if (std::isfinite(best.middle)) job.best_middle = best.middle;
  auto learner = maze_learner(setting, {data.observation_size(), data.action_size()}, seed);
  OfflineTraining training({.steps = job.updates, .batch_size = 64, .seed = seed});
  training.run(learner, setting.share < 1 ? best_trajectories(data, setting.share) : data);
  constexpr Index episodes = 50;
  const DeadEndMaze task = world.task().success_only();
  DeployedPolicy policy(learner.acting(), Normalization<float>::identity(data.observation_size()));
  job.success = episode_returns(policy, task, episodes, seed + 1000).mean();
  job.sampled_success = episode_returns(policy, task, episodes, seed + 1000, Acting::sample).mean();
  if (!learner.has_critics()) return job;
  Matrix<float> places(4, 2);
  places.col(0) = world.observation_at(place::start);
  places.col(1) = world.observation_at(place::middle);
  const Row<float> values = learner.state_values(places);
  job.value_start = static_cast<double>(values(0));
  job.value_middle = static_cast<double>(values(1));
  if (map != nullptr) *map = ValueMap(world, learner);
  return job;
}

}  // namespace stitching
