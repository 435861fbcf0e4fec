/// \file
/// Trains SAC online with several seeds and writes the evaluation curve of each to a CSV file.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/environments.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

struct Options {
  std::string environment = "pendulum";
  std::filesystem::path out = "online_sac.csv";
  Index seeds = 10;
  Index steps = 20000;
  Index evaluate_every = 1000;
  Index episodes = 20;
  std::vector<Index> hidden = {64, 64};
  Index batch_size = 128;
  double learning_rate = 1e-3;
  int threads = program::default_threads();
};

struct Evaluation {
  Index step;
  Estimate episode_return;
};

std::vector<Evaluation> train(const Options& options, const AnyEnvironment<>& environment, std::uint64_t seed,
                              ProgressBar& progress) {
  const Sizes sizes{environment.observation_size(), environment.action_size()};
  const AdamConfig adam{.learning_rate = options.learning_rate};
  Sac<> learner({.policy_optimizer = adam,
                 .policy = {.network = {.hidden = options.hidden}},
                 .critics = {.network = {.hidden = options.hidden}, .optimizer = adam},
                 .improvement = {.temperature_optimizer = adam}},
                sizes, seed);
  ReplayBuffer<> buffer(sizes, options.steps);
  std::vector<Evaluation> curve;
  train_online(
      learner, environment, buffer, {.steps = options.steps, .batch_size = options.batch_size, .seed = seed},
      every(options.evaluate_every, [&](const TrainingStep& now, const Sac<>& seen) {
        DeployedPolicy<TanhGaussian<>> policy(seen.policy(), Normalization<float>::identity(sizes.observation));
        curve.push_back({now.step, estimate_mean(episode_returns(policy, environment, options.episodes, 1000 + seed))});
        if (now.step > 0) progress.advance(now.step - curve[curve.size() - 2].step);
        return !program::interrupted;
      }));
  return curve;
}

void run(const Options& options) {
  const AnyEnvironment<> environment = program::make_environment<Matrix<float>>(options.environment);
  ProgressBar progress(std::cerr, "online SAC", options.seeds * options.steps, program::is_terminal(2));
  std::vector<std::vector<Evaluation>> curves(static_cast<std::size_t>(options.seeds));
  program::run_all(curves.size(), options.threads,
                   [&](std::size_t i) { curves[i] = train(options, environment, i + 1, progress); });

  CsvWriter csv(options.out, {"environment", "seed", "step", "return_mean", "return_stderr", "normalized_score"});
  Row<double> finals(options.seeds);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].empty()) return;  // interrupted before it began
    for (const auto& [step, value] : curves[i])
      csv.row({environment.name(), static_cast<Index>(i + 1), step, value.mean, value.standard_error,
               normalized_score(environment.references(), value.mean)});
    if (curves[i].back().step < options.steps) return;  // interrupted: no summary of unequal runs
    finals(static_cast<Index>(i)) = curves[i].back().episode_return.mean;
  }
  const Estimate mean = estimate_mean(finals);
  std::cout << environment.name() << ", " << options.steps << " steps, " << options.seeds << " seeds: return "
            << mean.mean << " ± " << mean.standard_error << " (lowest seed " << finals.minCoeff() << "), score "
            << normalized_score(environment.references(), mean.mean) << "\ntable: " << options.out.string() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains SAC online with several seeds and reports the return of each.");
  Options options;
  app.add_option("--environment", options.environment, "Environment")
      ->check(program::known_environment(program::continuous_environment_names()))
      ->capture_default_str();
  app.add_option("--out", options.out, "Output file (CSV)")->capture_default_str();
  app.add_option("--seeds", options.seeds, "Number of seeds")->check(program::range(1, 1000))->capture_default_str();
  app.add_option("--steps", options.steps, "Number of environment steps")
      ->check(program::range(1001, 100000000))
      ->capture_default_str();
  app.add_option("--evaluate-every", options.evaluate_every, "Steps between evaluations")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  program::add_training_options(app, options);
  app.add_option("--threads", options.threads, "Number of seeds trained at a time; does not change results")
      ->check(program::range(1, 1024))
      ->capture_default_str();
  return program::run(app, argc, argv, [&] { run(options); });
}
