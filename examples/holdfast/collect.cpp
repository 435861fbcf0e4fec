/// \file
/// `holdfast collect`: a dataset of what a policy does.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "holdfast/acting.hpp"
#include "holdfast/commands.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/progress_bar.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/files.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Options {
  std::string environment;
  std::string policy;
  double noise = 0;
  bool deterministic = false;
  Index steps = 0;
  std::string out;
  std::uint64_t seed = 1;
};

/// Who acts: fills the action (A×1) for an observation (O×1) and returns its log-probability where it has one.
struct Behavior {
  std::function<std::optional<float>(const Matrix<float>&, Matrix<float>&)> act;
  std::string description;
  std::string why_no_density;  ///< empty where actions have log-probabilities
};

Behavior random_behavior(const Options& options) {
  if (options.deterministic)
    throw ConfigError("--deterministic takes a policy's mode, which --policy random does not have");
  return {[noise = Generator(options.seed, Stream::noise, 1)](const Matrix<float>&, Matrix<float>& action) mutable
          -> std::optional<float> { return act_uniformly(noise, action); },
          "uniform random", ""};
}

Behavior scripted_behavior(const AnyEnvironment& environment) {
  Vector<double> observation(environment.observation_size());
  Vector<double> action(environment.action_size());
  environment.observe(observation);
  if (!environment.scripted(observation, action))
    throw ConfigError(message("--policy scripted: ", environment.name(), " has no scripted policy"));
  return {[&environment, observation, action](const Matrix<float>& seen,
                                              Matrix<float>& out) mutable -> std::optional<float> {
            observation = seen.col(0).cast<double>();
            environment.scripted(observation, action);
            out.col(0) = action.cast<float>();
            return std::nullopt;
          },
          "scripted", "the scripted policy is deterministic"};
}

Behavior policy_behavior(const Options& options, const AnyEnvironment& environment) {
  if (!std::filesystem::exists(options.policy))
    throw ConfigError(message("--policy must be random, scripted or the file of a policy, but there is no file \"",
                              options.policy, "\""));
  auto policy = read_fitting_policy(options.policy, environment);
  const std::string type = policy.policy().record().type;
  Behavior behavior{.act = {},
                    .description = message(options.policy, options.deterministic ? ", mode" : ", sampled"),
                    .why_no_density = ""};
  const bool density = !options.deterministic && type == TanhGaussian<>::name();
  if (options.deterministic)
    behavior.why_no_density = "the policy's mode is deterministic";
  else if (type == Gaussian<>::name())
    behavior.why_no_density = "a Gaussian's draws are clipped, which leaves atoms at the border";
  else if (!density)
    behavior.why_no_density = "the policy is deterministic";
  behavior.act = [policy = std::move(policy), density, acting = options.deterministic ? Acting::mode : Acting::sample,
                  noise = Generator(options.seed, Stream::noise, 1)](
                     const Matrix<float>& observation, Matrix<float>& action) mutable -> std::optional<float> {
    const float log_prob = policy.act(observation, acting, noise, action)(0);
    return density ? std::optional(log_prob) : std::nullopt;
  };
  return behavior;
}

/// Adds N(0, noise²) to what `behavior` does.
Behavior with_noise(Behavior behavior, double scale, std::uint64_t seed) {
  behavior.act = [act = behavior.act, scale, noise = Generator(seed, Stream::noise, 2)](
                     const Matrix<float>& observation, Matrix<float>& action) mutable -> std::optional<float> {
    act(observation, action);
    for (Index j = 0; j < action.rows(); ++j) action(j, 0) += static_cast<float>(scale * noise.normal());
    return std::nullopt;
  };
  behavior.description += message(" plus N(0, ", scale, "^2)");
  behavior.why_no_density = "noisy actions are clipped, which leaves atoms at the border";
  return behavior;
}

Behavior make_behavior(const Options& options, const AnyEnvironment& environment) {
  Behavior behavior = options.policy == "random"     ? random_behavior(options)
                      : options.policy == "scripted" ? scripted_behavior(environment)
                                                     : policy_behavior(options, environment);
  return options.noise > 0 ? with_noise(std::move(behavior), options.noise, options.seed) : behavior;
}

/// So many steps, or as many as there were before an interruption. Actions are clipped to ±1, the range of the data.
Transitions<float> act(const Options& options, const AnyEnvironment& environment, const Behavior& behavior) {
  const Index interval = std::max<Index>(1, options.steps / 1000);
  ReplayBuffer<float> buffer({environment.observation_size(), environment.action_size()}, options.steps);
  Recorder<float, AnyEnvironment> recorder(environment, options.seed);
  ProgressBar bar(progress_stream(), "collect", options.steps, program::is_terminal(2));
  for (Index step = 1; step <= options.steps && !program::interrupted; ++step) {
    recorder.step(
        [&](const Matrix<float>& observation, Matrix<float>& action) {
          const auto log_prob = behavior.act(observation, action);
          action = action.cwiseMax(-1.0F).cwiseMin(1.0F);
          return log_prob;
        },
        buffer);
    if (step % interval == 0) bar.advance(interval);
    if (step == options.steps) bar.advance(options.steps % interval);
  }
  return buffer.transitions();
}

[[noreturn]] void refuse_for_memory(const Options& options, const AnyEnvironment& environment) {
  const auto numbers = static_cast<double>(2 * environment.observation_size() + environment.action_size() + 2);
  throw ConfigError(message("--steps: ", options.steps, " transitions take ",
                            sizeof(float) * numbers * static_cast<double>(options.steps) / 1e9,
                            " GB and as much again while they are written, more memory than there is"));
}

void record(const Options& options, const AnyEnvironment& environment, const Behavior& behavior) {
  const Transitions<float> data = act(options, environment, behavior);
  if (data.size() == 0) {
    std::printf("interrupted before the first step: nothing was written\n");
    return;
  }
  write_d4rl(options.out, data,
             {{"environment", options.environment},
              {"policy", behavior.description},
              {"seed", std::to_string(options.seed)},
              {"noise", message(options.noise)}});
  std::printf("%s: %td transitions of %s, %s%s\n", options.out.c_str(), data.size(), options.environment.c_str(),
              behavior.description.c_str(), program::interrupted ? " (interrupted)" : "");
  if (behavior.why_no_density.empty())
    std::printf("log-probabilities of the actions: recorded as infos/action_log_probs\n");
  else
    std::printf("log-probabilities of the actions: left out, there are none: %s\n", behavior.why_no_density.c_str());
}

void collect_command(const Options& options) {
  const AnyEnvironment environment = make_environment(options.environment);
  const Behavior behavior = make_behavior(options, environment);
  std::error_code no_such_file;
  if (std::filesystem::equivalent(options.out, options.policy, no_such_file))
    throw ConfigError("--out: " + options.out + " is the file of --policy, which would be lost; choose another");
  program::check_writable(options.out);
  try {
    record(options, environment, behavior);
  } catch (const std::bad_alloc&) {
    refuse_for_memory(options, environment);
  }
}

}  // namespace

void add_collect(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("collect", "Writes a dataset of what a policy does (D4RL's layout)");
  const auto options = std::make_shared<Options>();
  program::add_environment_option(*command, options->environment)->required();
  command
      ->add_option(
          "--policy", options->policy,
          "Who acts: random (uniform), scripted (the environment's good policy), or the file of a policy, which "
          "is sampled")
      ->type_name("random|scripted|FILE")
      ->required();
  command
      ->add_option("--noise", options->noise, "Standard deviation of the noise added to each action, before clipping")
      ->check(program::range(0.0, 10.0))
      ->capture_default_str();
  command->add_flag("--deterministic", options->deterministic, "Take the policy's mode instead of sampling it");
  command->add_option("--steps", options->steps, "Transitions")->check(program::range(1, 100000000))->required();
  command->add_option("--out", options->out, "The dataset's file; replaced where there is one")
      ->type_name("FILE")
      ->required();
  program::add_seed_option(*command, options->seed, "Of the initial states, the draws and the noise");
  command->callback([options] { collect_command(*options); });
}

}  // namespace tool
