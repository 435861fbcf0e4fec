/// \file
/// MazeWorld: the continuous world of the study, D4RL's point mass in two corridors with dead ends, and its data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/point_maze/point_maze.hpp"
#include "studies/stitching/journeys.hpp"
#include "studies/support/corridor_controller.hpp"

namespace stitching {

/// The task: the point mass in the maze of the study, which ends an episode at the goal and at the dead ends of a kind
/// of data. Each action is held for five physical steps.
class DeadEndMaze {
 public:
  static constexpr Index limit = 60;  ///< longest episode: half as long again as the way to the goal

  explicit DeadEndMaze(const DataKind& kind) : rewards_(kind.rewards), inner_(config()) {
    const Layout layout(maze_layout);
    for (const char place : {place::first_end, place::second_end})
      if (kind.is_pit(place)) pits_.push_back(layout.at(place));
  }

  /// Returns the same task, which pays 1 for the goal and otherwise nothing.
  [[nodiscard]] DeadEndMaze success_only() const {
    DeadEndMaze copy = *this;
    copy.rewards_ = {};
    return copy;
  }

  [[nodiscard]] static constexpr const char* name() { return "dead_end_maze"; }
  [[nodiscard]] static constexpr Index observation_size() { return PointMaze::observation_size(); }
  [[nodiscard]] static constexpr Index action_size() { return PointMaze::action_size(); }
  [[nodiscard]] static constexpr Index time_limit() { return limit; }
  /// A score is the share of the goals, in percent, where only the goal is paid; otherwise there is none.
  [[nodiscard]] References references() const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return rewards_.step == 0 && rewards_.pit == 0 ? References{0, rewards_.goal} : References{none, none};
  }
  [[nodiscard]] Interval reward_range() const {
    const auto [lowest, highest] = std::minmax({rewards_.goal, rewards_.step, rewards_.pit});
    return {lowest, highest};
  }

  void reset(Generator& generator) { inner_.reset(generator); }
  void observe(Eigen::Ref<Vector<double>> out) const { inner_.observe(out); }

  StepResult step(ConstVectorRef action) {
    inner_.step(action);
    if (is_in(inner_.maze().goal())) return {rewards_.goal, true};
    const bool fell = std::any_of(pits_.begin(), pits_.end(), [this](MazeCell pit) { return is_in(pit); });
    return {fell ? rewards_.pit : rewards_.step, fell};
  }

  [[nodiscard]] const Vector<double>& state() const { return inner_.state(); }
  void set_state(ConstVectorRef state) { inner_.set_state(state); }
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const { return inner_.state_of(observation); }

  /// Returns whether the ball is within half a metre of the middle of a cell's corridor.
  [[nodiscard]] bool is_in(MazeCell cell) const {
    return (inner_.state().head(2) - PointMaze::middle(cell)).norm() <= 0.5;
  }
  [[nodiscard]] const PointMaze& inner() const { return inner_; }

 private:
  static PointMazeConfig config() {
    std::string text =
        Layout(maze_layout).text([](char each) { return each == place::start || each == place::goal ? each : 'O'; });
    std::replace(text.begin(), text.end(), '.', 'O');
    return {.maze = text, .repeat = 5, .time_limit = limit};
  }

  Rewards rewards_;
  PointMaze inner_;
  std::vector<MazeCell> pits_;
};

/// Records data in the maze, by a controller that follows the corridors with noise that is correlated in time.
class MazeWorld {
 public:
  static constexpr Index trajectories = 200;

  explicit MazeWorld(const DataKind& kind)
      : kind_(kind), layout_(maze_layout), maze_(layout_.towards(layout_.at(place::goal))), task_(kind) {}

  [[nodiscard]] const DeadEndMaze& task() const { return task_; }
  /// Returns the observation of a ball at rest in the middle of a place.
  [[nodiscard]] Vector<float> observation_at(char place) const {
    Vector<float> at = Vector<float>::Zero(4);
    at.head(2) = PointMaze::middle(layout_.at(place)).cast<float>();
    return at;
  }

  [[nodiscard]] Transitions<> data(std::uint64_t seed) const {
    ReplayBuffer<> buffer({DeadEndMaze::observation_size(), DeadEndMaze::action_size()}, 1000000);
    Generator generator(seed, Stream::environment);
    const std::vector<Vector<double>> arrivals = arrivals_of(generator);
    const auto count = static_cast<Index>(kind_.share * trajectories);
    for (Index i = 0; i < count; ++i) {
      const Journey journey = draw_journey(kind_, layout_, maze_, generator);
      Vector<double> from = start_in(journey.from, generator);
      if (journey.from_arrival) from = arrivals[static_cast<std::size_t>(generator.index(std::ssize(arrivals)))];
      record(journey, from, generator, &buffer);
    }
    return buffer.transitions();
  }

 private:
  /// Draws a start as the environment does: near the middle of a cell, and slow.
  [[nodiscard]] static Vector<double> start_in(MazeCell cell, Generator& generator) {
    Vector<double> state(4);
    state.head(2) = PointMaze::middle(cell);
    for (const Index i : {0, 1}) state[i] += generator.uniform(-0.1, 0.1);
    for (const Index i : {2, 3}) state[i] = 0.1 * generator.normal();
    return state;
  }

  /// Returns states in which first halves arrive at the middle.
  [[nodiscard]] std::vector<Vector<double>> arrivals_of(Generator& generator) const {
    std::vector<Vector<double>> arrivals;
    const Journey journey{layout_.at(place::start), {layout_.at(place::middle)}};
    constexpr int count = 50;
    arrivals.reserve(count);
    for (int i = 0; i < count; ++i)
      arrivals.push_back(record(journey, start_in(journey.from, generator), generator, nullptr));
    return arrivals;
  }

  /// Records a journey, unless `buffer` is null, and returns the state in which it ends.
  Vector<double> record(const Journey& journey, const Vector<double>& from, Generator& generator,
                        ReplayBuffer<>* buffer) const {
    constexpr Index longest = 150;
    DeadEndMaze task = task_;
    task.set_state(from);
    program::CorridorController controller(kind_.noisy ? 0.3 : 0);
    Index time = 0;
    for (std::size_t i = 0; i < journey.past.size(); ++i) {
      const Maze way = layout_.towards(journey.past[i]);
      while (time < longest && !task.is_in(journey.past[i])) {
        const Vector<double> before = task.state();
        const Vector<double> action = controller.act(task.inner(), way, generator);
        const StepResult result = task.step(action);
        ++time;
        const bool arrives = task.is_in(journey.past[i]) && i + 1 == journey.past.size();
        if (buffer != nullptr) add(before, action, result, task.state(), arrives, journey, time == longest, *buffer);
        if (result.terminal) return task.state();
      }
    }
    return task.state();
  }

  void add(const Vector<double>& before, const Vector<double>& action, const StepResult& result,
           const Vector<double>& after, bool arrives, const Journey& journey, bool last, ReplayBuffer<>& buffer) const {
    const bool at_middle = arrives && journey.ends_in_middle;
    const bool cut = at_middle && kind_.is_cut();
    const bool lure = at_middle && kind_.ending == Ending::lure;
    const bool terminal = result.terminal || cut;
    buffer.add(before.cast<float>(), action.cast<float>(),
               static_cast<float>(lure ? kind_.rewards.goal : result.reward), after.cast<float>(), terminal,
               !terminal && (arrives || last));
  }

  DataKind kind_;
  Layout layout_;
  Maze maze_;
  DeadEndMaze task_;
};

}  // namespace stitching
