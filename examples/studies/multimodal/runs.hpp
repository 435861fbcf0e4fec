/// \file
/// The runs of each part: which learners learn from which data, and what is measured.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/multimodal/bandit.hpp"
#include "studies/multimodal/exact_body.hpp"
#include "studies/multimodal/learners.hpp"
#include "studies/multimodal/obstacle_maze.hpp"
#include "studies/multimodal/options.hpp"
#include "studies/stitching/maze_world.hpp"
#include "studies/support/metric_table.hpp"
#include "support/environments.hpp"

namespace multimodal {

using program::Metric;

/// A run to do.
struct Run {
  program::RunName name;
  Method method;
  bool first_seed = false;  ///< shown in the picture
};

/// Trains the learner of a run and returns the policy that acts; nothing if the learner diverged, or if interrupted.
inline std::optional<AnyPolicy<float>> trained_policy(const Run& run, const Transitions<>& data, const Size& size) {
  const auto seed = static_cast<std::uint64_t>(run.name.seed);
  auto learner = make(run.method, size, {data.observation_size(), data.action_size()}, seed);
  OfflineTraining training({.steps = size.updates, .batch_size = size.batch_size, .seed = seed});
  try {
    training.run(learner, data, [](const TrainingStep&, const AnyLearner<float>&) { return !program::interrupted; });
  } catch (const NonFiniteError&) {
    return std::nullopt;
  }
  if (program::interrupted) return std::nullopt;
  return learner.acting();
}

/// Returns what there is to say of a run that diverged.
inline std::vector<Metric> divergence() { return {{"diverged", 1}}; }

/// Writes the draws of a policy for the picture.
inline void write_draws(const std::filesystem::path& file, const Matrix<float>& draws) {
  std::string text = "x,y\n";
  for (Index i = 0; i < std::min<Index>(draws.cols(), 1000); ++i) text += message(draws(0, i), ',', draws(1, i), '\n');
  write_whole_file(file.string(), text);
}

/// Returns the number of steps of an exact chain, as in "diffusion_exact_10_steps"; 0 for a learner.
inline Index exact_steps(std::string_view name) {
  const auto place = name.find("exact_");
  return place == std::string_view::npos ? 0 : std::stoll(std::string(name.substr(place + 6)));
}

/// Does a run of the bandit.
inline std::vector<Metric> run_bandit(const Run& run, const std::filesystem::path& shown) {
  constexpr Index draws = 5000;
  const auto seed = static_cast<std::uint64_t>(run.name.seed);
  Matrix<float> actions;
  if (const Index steps = exact_steps(run.name.algorithm); steps > 0) {
    const bool flow = run.name.algorithm.starts_with("flow");
    actions =
        flow ? Bandit::draws_of(exact_flow(steps), draws, seed) : Bandit::draws_of(exact_diffusion(steps), draws, seed);
  } else {
    const Size size{.hidden = {64, 64},
                    .learning_rate = 1e-3,
                    .average_rate = 0.005,
                    .target_rate = 0.005,
                    .discount = 0.99,
                    .updates = run.name.updates,
                    .batch_size = 128};
    const auto acting = trained_policy(run, Bandit::data(seed), size);
    if (!acting) return divergence();
    actions = Bandit::draws_of(*acting, draws, seed);
  }
  if (run.first_seed) write_draws(shown, actions);
  return Bandit::measure(actions);
}

/// Does a run in the maze with the obstacle.
inline std::vector<Metric> run_maze(const Run& run) {
  constexpr double goal = 10;  // networks do not tell values of a goal of 1 apart
  const auto seed = static_cast<std::uint64_t>(run.name.seed);
  Transitions<> data =
      run.name.dataset == "two_experts" ? ObstacleMaze::two_experts(seed) : ObstacleMaze::half_random(seed);
  data.rewards *= static_cast<float>(goal);
  const Size size{.hidden = {64, 64},
                  .learning_rate = 1e-3,
                  .average_rate = 0.005,
                  .target_rate = 0.02,
                  .discount = 0.95,
                  .updates = run.name.updates,
                  .batch_size = 256};
  const auto acting = trained_policy(run, data, size);
  if (!acting) return divergence();
  constexpr Index episodes = 100;
  DeployedPolicy policy(*acting, Normalization<float>::identity(data.observation_size()));
  const auto mode = ObstacleMaze::measure(policy, episodes, seed + 1000, Acting::mode);
  const auto drawn = ObstacleMaze::measure(policy, episodes, seed + 1000, Acting::sample);
  return {{"success", mode.success}, {"sampled_success", drawn.success}, {"sampled_above", drawn.above}};
}

/// Does a run on the data of the study `stitching`.
inline std::vector<Metric> run_stitching(const Run& run, const stitching::DataKind& kind) {
  const stitching::MazeWorld world(kind);
  const auto seed = static_cast<std::uint64_t>(run.name.seed);
  const Transitions<> data = world.data(seed);
  const Size size{.hidden = {64, 64},
                  .learning_rate = 1e-3,
                  .average_rate = 0.005,
                  .target_rate = 0.02,
                  .discount = stitching::discount,
                  .updates = run.name.updates,
                  .batch_size = 64};
  const auto acting = trained_policy(run, data, size);
  if (!acting) return divergence();
  constexpr Index episodes = 50;
  const stitching::DeadEndMaze task = world.task().success_only();
  DeployedPolicy policy(*acting, Normalization<float>::identity(data.observation_size()));
  return {{"success", episode_returns(policy, task, episodes, seed + 1000).mean()},
          {"sampled_success", episode_returns(policy, task, episodes, seed + 1000, Acting::sample).mean()}};
}

/// Does a run on a robot's data.
inline std::vector<Metric> run_robot(const Run& run, const Transitions<>& data) {
  const auto seed = static_cast<std::uint64_t>(run.name.seed);
  const Size size{.hidden = {256, 256},
                  .learning_rate = 3e-4,
                  .average_rate = 0.001,
                  .target_rate = 0.005,
                  .discount = 0.99,
                  .updates = run.name.updates,
                  .batch_size = 256};
  const auto acting = trained_policy(run, data, size);
  if (!acting) return divergence();
  const AnyEnvironment<> environment = program::make_environment<Matrix<float>>("half_cheetah");
  DeployedPolicy policy(*acting, Normalization<float>::identity(data.observation_size()));
  constexpr Index episodes = 10;
  const double mean = episode_returns(policy, environment, episodes, seed + 1000).mean();
  return {{"return_mean", mean}, {"score", normalized_score(environment.references(), mean)}};
}

}  // namespace multimodal
