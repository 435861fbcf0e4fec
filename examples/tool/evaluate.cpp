/// \file
/// `holdfast evaluate`: measures a policy's true return.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/training/rollout.hpp"
#include "tool/acting.hpp"
#include "tool/commands.hpp"
#include "tool/json.hpp"
#include "tool/render.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

struct EvaluateOptions {
  std::string policy;
  std::string environment;
  Index episodes = 100;
  bool stochastic = false;
  std::uint64_t seed = 1;
  bool json = false;
  std::string render;  ///< file of a picture; empty: none
};

template <class Environment, class Policy>
Row<double> run_episodes(const EvaluateOptions& options, const Environment& environment,
                         DeployedPolicy<Policy>& policy) {
  std::optional<ProgressBar> bar;
  if (options.episodes > 1000) bar.emplace(std::cerr, "evaluate", options.episodes, program::is_terminal(2));
  EvaluationGenerators draws(options.seed);
  return returns_in_parts(policy, environment, options.episodes, {.discount = 1, .steps = environment.time_limit()},
                          draws, options.stochastic ? Acting::sample : Acting::mode, [&](Index count) {
                            if (bar) bar->advance(count);
                            return !program::interrupted.load();
                          });
}

/// Runs the first of the episodes once more and draws it to the file of --render.
template <class Environment, class Policy>
void render_episode(const EvaluateOptions& options, const Environment& environment, DeployedPolicy<Policy>& policy) {
  EvaluationGenerators draws(options.seed);
  EnvironmentBatch<Environment> one(environment, 1);
  one.reset(draws.resets);
  std::vector<Vector<double>> states{one[0].state()};
  Matrix<float> observations;
  typename Policy::Actions actions;
  Row<double> rewards;
  for (Index t = 0; t < environment.time_limit() && one.any_running() && !program::interrupted; ++t) {
    one.observe(observations);
    policy.act(observations, options.stochastic ? Acting::sample : Acting::mode, draws.noise, actions);
    one.step(actions, rewards);
    states.push_back(one[0].state());
  }
  render(options.render, options.environment, states);
}

template <class Actions>
void evaluate_among(const EvaluateOptions& options) {
  const auto environment = program::make_environment<Actions>(options.environment);
  auto policy = read_fitting_policy<Actions>(options.policy, environment);
  if (!options.render.empty()) check_render(options.render, options.environment);
  const Row<double> returns = run_episodes(options, environment, policy);
  if (program::interrupted) {
    if (!options.json) std::printf("interrupted: no result\n");
    return;
  }
  if (!options.render.empty()) render_episode(options, environment, policy);
  const Estimate result = estimate_mean(returns);
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
  std::printf("return: %s (%s of %td episode%s of %s, the policy's %s)\n", text_of(result).c_str(),
              options.episodes > 1 ? "mean and standard error" : "mean", options.episodes,
              options.episodes > 1 ? "s" : "", options.environment.c_str(), options.stochastic ? "draws" : "mode");
  if (std::isfinite(score))
    std::printf("normalized score: %.1f (0 the random policy, 100 the environment's good one)\n", score);
  else
    std::printf("normalized score: none, the environment has no reference returns\n");
  if (!options.render.empty()) std::printf("picture: %s\n", options.render.c_str());
}

void evaluate(const EvaluateOptions& options) {
  with_actions(program::has_finite_actions(options.environment),
               [&]<class Actions>() { evaluate_among<Actions>(options); });
}

}  // namespace

void add_evaluate(CLI::App& program) {
  CLI::App* const command =
      program.add_subcommand("evaluate", "Measures a policy's true return in whole episodes of an environment");
  const auto options = std::make_shared<EvaluateOptions>();
  command->add_option("--policy", options->policy, "File of the policy")->type_name("FILE")->required();
  add_environment_option(*command, options->environment)->required();
  command->add_option("--episodes", options->episodes, "Number of episodes, each from a new initial state")
      ->check(program::range(1, 100000))
      ->capture_default_str();
  command->add_flag("--stochastic", options->stochastic, "Sample the policy instead of using its mode");
  program::add_seed_option(*command, options->seed, "Random seed");
  command->add_flag(
      "--json", options->json,
      "Print one JSON object: return_mean, return_stderr (null for one episode), normalized_score (null if the "
      "environment has no reference returns), episodes");
  command
      ->add_option("--render", options->render,
                   "Draw the first episode from the side, of half_cheetah, hopper and walker2d: ten moments of it to a "
                   ".png, its first ten seconds as they pass to a .gif. Needs gnuplot")
      ->type_name("FILE");
  program::add_reading_options(*command);
  command->callback([options] { evaluate(*options); });
}

}  // namespace tool
