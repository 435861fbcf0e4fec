/// \file
/// One run in the maze.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/stitching/learners.hpp"
#include "studies/stitching/maze_world.hpp"
#include "studies/stitching/results.hpp"
#include "studies/stitching/train.hpp"
#include "studies/stitching/value_map.hpp"

namespace stitching {

/// The best discounted values that recorded pieces give, for comparison with a learner's.
struct BestPieces {
  double start =
      -std::numeric_limits<double>::infinity();  ///< a piece from the start to a joint, and the best from there
  double middle = -std::numeric_limits<double>::infinity();  ///< the largest return from the middle on
};

/// The pieces of trajectories that meet at a place.
struct Joint {
  char place = place::middle;
  double from = -std::numeric_limits<double>::infinity();  ///< largest return of an episode from here to its end

  /// A piece from the start to here.
  struct Arrival {
    double paid = 0;      ///< discounted rewards on the way
    double weight = 1;    ///< discount at the arrival
    bool goes_on = true;  ///< the episode does not end with the arrival
  };
  std::vector<Arrival> arrivals{};
};

/// Adds a trajectory to a joint that it passes.
inline void add_trajectory(Joint& joint, const Transitions<>& data, const TrajectoryRange& range) {
  const Layout layout(maze_layout);
  const auto is_in = [&](const auto& observation, char place) {
    return (observation.template cast<double>().head(2) - PointMaze::middle(layout.at(place))).norm() <= 0.5;
  };
  Joint::Arrival arrival;
  bool passed = is_in(data.observations.col(range.begin), joint.place);
  double after = 0;
  double weight = 1;
  for (Index row = range.begin; row < range.end; ++row) {
    const auto reward = static_cast<double>(data.rewards(row));
    if (passed) {
      after += weight * reward;
      weight *= discount;
      continue;
    }
    arrival.paid += arrival.weight * reward;
    arrival.weight *= discount;
    passed = is_in(data.next_observations.col(row), joint.place);
    arrival.goes_on = data.terminals(row) == 0;
  }
  if (!passed) return;
  if (is_in(data.observations.col(range.begin), place::start)) joint.arrivals.push_back(arrival);
  if (weight < 1 && range.terminal) joint.from = std::max(joint.from, after);
}

/// Finds the best pieces that meet in the middle, or before it, where overlapping second halves begin.
inline BestPieces best_pieces(const Transitions<>& data) {
  BestPieces best;
  for (const char place : {place::middle, place::before}) {
    Joint joint{.place = place};
    for (const TrajectoryRange& range : trajectories(data)) add_trajectory(joint, data, range);
    if (place == place::middle) best.middle = joint.from;
    for (const Joint::Arrival& arrival : joint.arrivals)
      best.start = std::max(best.start, arrival.paid + (arrival.goes_on ? arrival.weight * joint.from : 0));
  }
  return best;
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
  if (!train(learner, data, setting, job)) return job;
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
