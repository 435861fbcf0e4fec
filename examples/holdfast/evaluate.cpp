/// \file
/// `holdfast evaluate`: what a policy really earns.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "holdfast/acting.hpp"
#include "holdfast/commands.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/json.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct Options {
  std::string policy;
  std::string environment;
  Index episodes = 100;
  bool stochastic = false;
  std::uint64_t seed = 1;
  bool json = false;
};

void evaluate(const Options& options) {
  const AnyEnvironment environment = make_environment(options.environment);
  auto policy = read_fitting_policy(options.policy, environment);
  const Estimate result = estimate_mean(episode_returns(policy, environment, options.episodes, options.seed,
                                                        options.stochastic ? Acting::sample : Acting::mode));
  const double score = normalized_score(environment.references(), result.mean);
  if (options.json) {
    const auto object = program::JsonObject()
                            .add("return_mean", result.mean)
                            .add("return_stderr", result.standard_error)
                            .add("normalized_score", score)
                            .add("episodes", options.episodes);
    std::printf("%s\n", object.text().c_str());
    return;
  }
  std::printf("return: %.6g ± %.2g (mean and standard error of %td episodes of %s, the policy's %s)\n", result.mean,
              result.standard_error, options.episodes, options.environment.c_str(),
              options.stochastic ? "draws" : "mode");
  if (std::isfinite(score))
    std::printf("normalized score: %.1f (0 the random policy, 100 the environment's good one)\n", score);
  else
    std::printf("normalized score: none, the environment has no reference returns\n");
}

}  // namespace

void add_evaluate(CLI::App& program) {
  CLI::App* const command =
      program.add_subcommand("evaluate", "The true return of a policy: whole episodes in the environment");
  const auto options = std::make_shared<Options>();
  command->add_option("--policy", options->policy, "The policy's file")->type_name("FILE")->required();
  program::add_environment_option(*command, options->environment)->required();
  command->add_option("--episodes", options->episodes, "Episodes, each from a fresh initial state")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_flag("--stochastic", options->stochastic, "Sample the policy instead of taking its mode");
  command->add_option("--seed", options->seed, "Of the initial states and the draws")->capture_default_str();
  command->add_flag(
      "--json", options->json,
      "One JSON object: return_mean, return_stderr, normalized_score (null where there are no references), "
      "episodes");
  command->callback([options] { evaluate(*options); });
}

}  // namespace tool
