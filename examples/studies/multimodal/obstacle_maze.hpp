/// \file
/// A room with an obstacle between start and goal, and data of experts that go around it on either side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/environments/point_maze/point_maze.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/support/corridor_controller.hpp"

namespace multimodal {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// The point mass in a room with an obstacle. Both ways around it are equally long, and the mean of their first actions
/// leads against it. Reaching the goal ends the episode and earns 1.
class ObstacleMaze {
 public:
  static constexpr Index longest = 60;  ///< steps of an episode, of five physical steps each
  static constexpr Index trajectories = 200;
  static constexpr double noise = 0.3;  ///< standard deviation of that on the experts' forces

  /// Returns the task.
  [[nodiscard]] static PointMaze task() {
    return PointMaze({.maze = text('S', 'G'), .goal_ends = true, .repeat = 5, .time_limit = longest});
  }

  /// Returns data of two experts, one for each side.
  [[nodiscard]] static Transitions<> two_experts(std::uint64_t seed) {
    Recorder recorder(seed);
    for (Index i = 0; i < trajectories; ++i) recorder.go_around(i % 2 == 0 ? above : below);
    return recorder.buffer.transitions();
  }

  /// Returns data of one expert, that goes above, and as many trajectories of random actions.
  [[nodiscard]] static Transitions<> half_random(std::uint64_t seed) {
    Recorder recorder(seed);
    for (Index i = 0; i < trajectories; ++i) i % 2 == 0 ? recorder.go_around(above) : recorder.act_randomly();
    return recorder.buffer.transitions();
  }

  /// The chances of a policy's episodes.
  struct Ways {
    double success = 0;  ///< that it reaches the goal
    double above = 0;    ///< that it reaches the goal above the obstacle
  };

  /// Measures episodes of a policy.
  template <class Policy>
  [[nodiscard]] static Ways measure(DeployedPolicy<Policy>& policy, Index episodes, std::uint64_t seed, Acting acting) {
    EnvironmentBatch<PointMaze> batch(task(), episodes);
    EvaluationGenerators generators(seed);
    batch.reset(generators.resets);
    std::vector<bool> over(static_cast<std::size_t>(episodes), false);
    Matrix<float> observations;
    Matrix<float> actions;
    Row<double> rewards;
    Ways ways;
    for (Index t = 0; t < longest && batch.any_running(); ++t) {
      batch.observe(observations);
      policy.act(observations, acting, generators.noise, actions);
      batch.step(actions, rewards);
      for (Index i = 0; i < episodes; ++i) {
        const Vector<double>& state = batch[i].state();
        const auto is_above = over.begin() + i;
        if (state[1] > 4 && state[1] < 6) *is_above = state[0] < 2;
        if (rewards(i) <= 0) continue;
        ways.success += 1.0 / static_cast<double>(episodes);
        if (*is_above) ways.above += 1.0 / static_cast<double>(episodes);
      }
    }
    return ways;
  }

 private:
  static constexpr MazeCell above{1, 5};
  static constexpr MazeCell below{3, 5};
  static constexpr MazeCell goal{2, 9};

  /// Returns the room with letters at the start and the goal.
  static std::string text(char start, char end) {
    std::string room =
        "###########\n"
        "#OOOOOOOOO#\n"
        "#sO#####Og#\n"
        "#OOOOOOOOO#\n"
        "###########\n";
    std::replace(room.begin(), room.end(), 's', start);
    std::replace(room.begin(), room.end(), 'g', end);
    return room;
  }

  /// Returns the room as a maze whose goal is a cell.
  static Maze towards(MazeCell cell) {
    std::string room = text('O', 'O');
    room[static_cast<std::size_t>(cell.row * 12 + cell.column)] = 'G';
    return Maze(room);
  }

  struct Recorder {
    explicit Recorder(std::uint64_t seed) : generator(seed, Stream::environment) {}

    void go_around(MazeCell side) {
      program::CorridorController controller(noise);
      const Maze first = towards(side);
      const Maze second = towards(goal);
      bool passed = false;
      record([&](const PointMaze& task) {
        passed = passed || task.cell_at(task.state()[0], task.state()[1]) == side;
        return controller.act(task, passed ? second : first, generator);
      });
    }

    void act_randomly() {
      record([&](const PointMaze&) { return Vector<double>{{generator.uniform(-1, 1), generator.uniform(-1, 1)}}; });
    }

    template <class Act>
    void record(Act&& act) {
      PointMaze task = ObstacleMaze::task();
      task.reset(generator);
      for (Index t = 0; t < longest; ++t) {
        const Vector<float> before = task.state().cast<float>();
        const Vector<double> action = act(task);
        const StepResult result = task.step(action);
        buffer.add(before, action.cast<float>(), static_cast<float>(result.reward), task.state().cast<float>(),
                   result.terminal, !result.terminal && t + 1 == longest);
        if (result.terminal) return;
      }
    }

    Generator generator;
    ReplayBuffer<> buffer{{PointMaze::observation_size(), PointMaze::action_size()}, trajectories* longest};
  };
};

}  // namespace multimodal
