/// \file
/// Measures the steps per second of the environments with continuous actions, with random actions and with a policy's.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/policies/deployed.hpp"
#include "measure.hpp"
#include "support/environments.hpp"
#include "support/program.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

struct Options {
  std::vector<Index> hidden = {256, 256};
  int rounds = 5;
  double seconds = 1;
};

/// Returns the steps per second of processor time, each after act(observation, action), from episode to episode: the
/// median of the measurements.
template <class Act>
double steps_per_second(const Options& options, AnyEnvironment<> environment, Act&& act) {
  Generator resets(1, Stream::environment);
  Vector<double> observation(environment.observation_size());
  Vector<double> action(environment.action_size());
  environment.reset(resets);
  Index time = 0;
  const auto step = [&] {
    environment.observe(observation);
    act(observation, action);
    const bool terminal = environment.step(action).terminal;
    if (!terminal && ++time < environment.time_limit()) return;
    environment.reset(resets);
    time = 0;
  };
  constexpr int together = 100;  // the clock is slower than a step
  const auto steps = [&] {
    for (int i = 0; i < together; ++i) step();
  };
  return together * benchmark::rate<benchmark::ProcessorClock>(options.rounds, options.seconds, steps).median;
}

void run(const Options& options) {
  std::printf("environment        random actions/s  a policy's/s\n");
  for (const std::string_view name : program::environment_names()) {
    if (program::has_finite_actions(name) || program::interrupted) continue;
    const AnyEnvironment<> environment = program::make_environment<Matrix<float>>(name);
    const Sizes sizes{environment.observation_size(), environment.action_size()};
    Generator draws(1);
    const double random = steps_per_second(options, environment, [&](const auto&, Vector<double>& action) {
      for (double& each : action) each = draws.uniform(-1, 1);
    });
    const Bc<float> learner({.policy = {.network = {.hidden = options.hidden}}}, sizes, 1);
    DeployedPolicy policy(learner.acting(), Normalization<float>::identity(sizes.observation));
    const double acting = steps_per_second(
        options, environment,
        [&](const Vector<double>& observation, Vector<double>& action) { policy.act(observation, action); });
    std::printf("%-17s %17.0f %13.0f\n", std::string(name).c_str(), random, acting);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the steps per second of the environments with continuous actions, of processor time.");
  Options options;
  app.add_option("--hidden", options.hidden, "Widths of the policy's hidden layers")
      ->check(program::range(1, 4096))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Measurements, of which the median counts")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "Seconds of processor time of each measurement")
      ->check(program::range(0.001, 1000.0))
      ->capture_default_str();
  return program::run(app, argc, argv, [&] { run(options); });
}
