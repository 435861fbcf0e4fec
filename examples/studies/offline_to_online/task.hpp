/// \file
/// A task of the study: its environment, its data and its sizes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "studies/offline_to_online/options.hpp"
#include "studies/stitching/maze_world.hpp"
#include "studies/support/make_data.hpp"
#include "support/data_hash.hpp"

namespace offline_to_online {

/// A task.
struct Task {
  std::string name;
  AnyEnvironment<> environment;
  Transitions<> data;  ///< with what is earned from each row on, which Cal-QL asks for
  std::uint64_t hash = 0;
  Size size;
  std::filesystem::path folder;  ///< has the runs' checkpoints
};

/// Returns the kind of the maze's data: 70 % of the halves go to dead ends, and none from the start to the goal.
inline stitching::DataKind maze_data() {
  const std::vector<stitching::DataKind> kinds = stitching::data_kinds(false);
  return *std::find_if(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.swept; });
}

/// Returns the maze with the data of the study `stitching`.
inline Task make_maze_task(const Options& options) {
  const stitching::MazeWorld world(maze_data());
  return {"maze", AnyEnvironment<>(world.task()), world.data(options.seed),
          0,      size_of(options, "maze"),       options.out / "maze"};
}

/// Returns HalfCheetah with medium data, which are made if they are not there; nothing if that is interrupted.
inline std::optional<Task> make_robot_task(const Options& options) {
  program::ExperimentOptions making;
  making.use_full_size();
  making.seed = options.seed;
  making.resume = options.resume;
  if (options.transitions > 0) making.transitions = options.transitions;
  const AnyEnvironment<> environment = program::make_environment<Matrix<float>>("half_cheetah");
  const std::filesystem::path folder = options.out / "half_cheetah";
  if (!program::make_data(making, environment, folder, {"medium"})) return std::nullopt;
  return Task{
      "half_cheetah", environment, read_d4rl((folder / "medium.hdf5").string()), 0, size_of(options, "half_cheetah"),
      folder};
}

/// Returns the task of that name; nothing if the making of its data is interrupted.
inline std::optional<Task> make_task(const Options& options, const std::string& name) {
  std::optional<Task> task = name == "maze" ? make_maze_task(options) : make_robot_task(options);
  if (!task) return std::nullopt;
  task->hash = program::data_hash(task->data);
  task->data.action_log_probs.resize(0);  // of no use online, where the learners' own would be needed too
  task->data.returns_to_go = lowest_returns_to_go(task->data, stitching::discount);
  return task;
}

}  // namespace offline_to_online
