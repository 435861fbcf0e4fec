/// \file
/// `holdfast collect`: a dataset of what a policy does.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/acting.hpp"
#include "holdfast/collect_run.hpp"
#include "holdfast/commands.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/recorder.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

using Behavior = BehaviorOf<Matrix<float>>;

Behavior random_behavior(const CollectOptions& options) {
  if (options.deterministic)
    throw ConfigError("--deterministic takes a policy's mode, which --policy random does not have");
  return {[noise = Generator(options.seed, Stream::noise, 1)](const Matrix<float>&, Matrix<float>& action) mutable
          -> std::optional<float> { return act_uniformly(noise, action); },
          "uniform random", ""};
}

Behavior scripted_behavior(const AnyEnvironment<>& environment) {
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

Behavior policy_behavior(const CollectOptions& options, const AnyEnvironment<>& environment) {
  if (!std::filesystem::exists(options.policy))
    throw ConfigError(message("--policy must be random, scripted or the file of a policy, but there is no file \"",
                              options.policy, "\""));
  auto policy = read_fitting_policy<Matrix<float>>(options.policy, environment);
  const PolicyRecord record = policy.policy().record();
  Behavior behavior{.act = {},
                    .description = message(options.policy, options.deterministic ? ", mode" : ", sampled"),
                    .why_no_density = ""};
  const bool density = !options.deterministic && !record.best_of && record.type == TanhGaussian<>::name();
  if (options.deterministic)
    behavior.why_no_density = "the policy's mode is deterministic";
  else if (record.best_of)
    behavior.why_no_density = "the policy takes the best of several draws by a critic, which has no known density";
  else if (record.type == Gaussian<>::name())
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

Behavior make_behavior(const CollectOptions& options, const AnyEnvironment<>& environment) {
  Behavior behavior = options.policy == "random"     ? random_behavior(options)
                      : options.policy == "scripted" ? scripted_behavior(environment)
                                                     : policy_behavior(options, environment);
  return options.noise > 0 ? with_noise(std::move(behavior), options.noise, options.seed) : behavior;
}

void collect_command(const CollectOptions& options) {
  const bool finite = BuiltInEnvironments::has_finite_actions(options.environment);
  if (finite && options.noise > 0)
    throw ConfigError(message("--noise is of continuous actions, but ", options.environment,
                              " has a finite set; --epsilon mixes random ones in"));
  if (!finite && options.epsilon > 0)
    throw ConfigError(message("--epsilon is of finite actions, but ", options.environment,
                              " has continuous ones; --noise is added to them"));
  if (finite) {
    collect_finite(options);
    return;
  }
  const AnyEnvironment<> environment = make_environment(options.environment);
  // Actions are clipped to ±1, the range of the data.
  Behavior behavior = make_behavior(options, environment);
  behavior.act = [act = behavior.act](const Matrix<float>& observation, Matrix<float>& action) {
    const auto log_prob = act(observation, action);
    action = action.cwiseMax(-1.0F).cwiseMin(1.0F);
    return log_prob;
  };
  collect_with(options, environment, behavior);
}

}  // namespace

void add_collect(CLI::App& program) {
  CLI::App* const command = program.add_subcommand("collect", "Writes a dataset of what a policy does (D4RL's layout)");
  const auto options = std::make_shared<CollectOptions>();
  add_environment_option(*command, options->environment)->required();
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
  command
      ->add_option("--epsilon", options->epsilon,
                   "Share of uniformly random actions, in an environment with a finite set of them")
      ->check(program::range(0.0, 1.0))
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
