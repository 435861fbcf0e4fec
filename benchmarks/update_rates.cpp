/// \file
/// Measures how many updates per second each learner makes with networks and batches of the usual size.

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "support/learners.hpp"
#include "support/program.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

struct Options {
  std::vector<std::string> algorithms{Algorithms<>::names.begin(), Algorithms<>::names.end()};
  Index observation_size = 17;
  Index action_size = 6;
  Index batch_size = 256;
  std::vector<Index> hidden = {256, 256};
#ifdef _OPENMP
  std::vector<int> threads = {1, 2};
#else
  std::vector<int> threads = {1};
#endif
  double seconds = 2;
};

Batch<float> random_batch(const Options& options) {
  Generator generator(1);
  Batch<float> batch;
  batch.observations.resize(options.observation_size, options.batch_size);
  batch.next_observations.resize(options.observation_size, options.batch_size);
  batch.rewards.resize(options.batch_size);
  generator.fill_normal(batch.observations);
  generator.fill_normal(batch.next_observations);
  generator.fill_normal(batch.rewards);
  batch.actions.resize(options.action_size, options.batch_size);
  for (float& entry : batch.actions.reshaped()) entry = static_cast<float>(generator.uniform(-0.99, 0.99));
  batch.continuation.setConstant(options.batch_size, 0.99F);
  return batch;
}

/// Returns the calls of `work` per second, measured for at least `seconds`, after one call that does not count.
template <class Work>
double rate(double seconds, Work&& work) {
  using Clock = std::chrono::steady_clock;
  work();
  const auto begin = Clock::now();
  double spent = 0;
  Index calls = 0;
  while (spent < seconds) {
    work();
    ++calls;
    spent = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  return static_cast<double>(calls) / spent;
}

void run(const Options& options) {
#ifndef _OPENMP
  for (const int threads : options.threads)
    require(threads == 1, "--threads", "1 in a program compiled without OpenMP", threads);
#endif
  const Batch<float> batch = random_batch(options);
  std::printf("| algorithm |");
  for (const int threads : options.threads) std::printf(" updates/s, %d thread%s |", threads, threads == 1 ? "" : "s");
  std::printf("\n|---|");
  for (std::size_t i = 0; i < options.threads.size(); ++i) std::printf("---|");
  std::printf("\n");
  for (const std::string& algorithm : options.algorithms) {
    const Settings settings = program::hidden_settings(algorithm, options.hidden, /*behavior_models=*/false);
    std::printf("| %s |", algorithm.c_str());
    for (const int threads : options.threads) {
      set_threads(threads);
      auto learner = make_learner(algorithm, settings, {options.observation_size, options.action_size}, /*seed=*/1);
      std::printf(" %.1f |", rate(options.seconds, [&] { learner.update(batch); }));
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the updates per second of every learner on one random batch.");
  Options options;
  app.add_option("--algorithms", options.algorithms, "Algorithms to measure")
      ->check(program::one_of(Algorithms<>::names))
      ->capture_default_str();
  app.add_option("--observation-size", options.observation_size, "Number of observation features")
      ->check(program::range(1, 100000))
      ->capture_default_str();
  app.add_option("--action-size", options.action_size, "Number of action features")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  program::add_update_options(app, options);
  app.add_option("--threads", options.threads, "Numbers of threads")
      ->check(program::range(1, 1024))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "Seconds per measurement")
      ->check(program::range(0.01, 1000.0))
      ->capture_default_str();
  return program::run(app, argc, argv, [&] { run(options); });
}
