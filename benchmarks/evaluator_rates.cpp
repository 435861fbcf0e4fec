/// \file
/// Measures how long the estimators take for a log of a million steps, on one core.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/evaluators/estimates.hpp"
#include "support/program.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Options {
  Index steps = 1000000;
  Index length = 100;
  Index resamples = 100;
  std::uint64_t seed = 1;
};

/// Returns the seconds that `work` takes.
template <class Work>
double seconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

EvaluationLog random_log(const Options& options) {
  Generator generator(options.seed);
  std::vector<TrajectoryRange> ranges;
  EvaluationLog log{{}, Row<double>(options.steps), Row<double>(options.steps), {0.99, options.length}};
  for (Index begin = 0; begin < options.steps; begin += options.length) {
    const Index end = std::min(options.steps, begin + options.length);
    const bool whole = end - begin == options.length;  // a shorter last trajectory ends by itself
    ranges.push_back({begin, end, !whole, whole});
  }
  log.trajectories = std::move(ranges);
  for (Index t = 0; t < options.steps; ++t) {
    log.rewards(t) = generator.uniform();
    log.log_ratios(t) = 0.1 * generator.normal() - 0.005;
  }
  return log;
}

void run(const Options& options) {
  set_threads(1);
  const EvaluationLog log = random_log(options);
  const ActionValues values = ActionValues::zero(log);
  Transitions<float, ActionIndices> unused;
  std::printf("%td steps in %td trajectories, one thread\n\n| work | seconds |\n|---|---|\n", log.steps(), log.size());
  const EstimateOptions plain{.interval = IntervalMethod::student_t, .seed = options.seed};
  double total = 0;
  const auto report = [&](std::string_view what, double time) {
    std::printf("| %s | %.3f |\n", std::string(what).c_str(), time);
    total += time;
  };
  std::optional<OffPolicyEvaluation<Transitions<float, ActionIndices>>> evaluation;
  report("weights, once for all estimators", seconds([&] { evaluation.emplace(unused, log, values, plain); }));
  for (const char* name : {"dm", "is", "wis", "pdis", "wpdis", "dr", "wdr", "magic"})
    report(std::string(name) + ", with its standard error", seconds([&] { (void)evaluation->estimate(name); }));
  std::printf("| together | %.3f |\n", total);
  const StepwiseEvaluator weighted(log, evaluation->weights(), values, Weighting::self_normalized);
  const double bootstrapping = seconds([&] { (void)bootstrap(weighted, options.resamples, options.seed); });
  std::printf("| %td resamples of wdr | %.3f |\n", options.resamples, bootstrapping);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures how long the off-policy estimators take, on one core.");
  Options options;
  app.add_option("--steps", options.steps, "Number of steps in the log")
      ->check(program::range(1000, 1000000000))
      ->capture_default_str();
  app.add_option("--length", options.length, "Steps per trajectory")
      ->check(program::range(1, 1000000))
      ->capture_default_str();
  app.add_option("--resamples", options.resamples, "Number of bootstrap resamples")
      ->check(program::range(1, 1000000))
      ->capture_default_str();
  program::add_seed_option(app, options.seed, "Random seed");
  return program::run(app, argc, argv, [&] { run(options); });
}
