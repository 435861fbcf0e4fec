/// \file
/// The policies to rank, and the data to rank them by.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/evaluators/validation.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/recorder.hpp"
#include "studies/evaluator_ranking/options.hpp"
#include "support/learners.hpp"

namespace ranking {

using Policy = DeployedPolicy<AnyPolicy<>>;

/// A policy and its true value.
struct Candidate {
  std::string name;
  Policy policy;
  Estimate truth;
};

/// A learner and its number of updates. There are five, whose policies are stochastic and have densities.
struct Training {
  const char* learner;
  Index steps;
};

/// Returns a policy trained on normalized observations of `data`.
inline Policy trained(const Training& training, Transitions<> data, double discount, std::uint64_t seed) {
  const auto normalization = Normalization<float>::fit(data.observations);
  normalization.normalize(data);
  Settings settings = program::hidden_settings(training.learner, {64, 64}, true);
  if (std::string(training.learner) != "bc") settings.emplace_back("discount", format_number(discount));
  auto learner =
      holdfast::make_learner(training.learner, settings, {data.observation_size(), data.action_size()}, seed);
  train_offline(learner, data, {.steps = training.steps, .batch_size = 128, .seed = seed},
                every(100, [](const TrainingStep&, const auto&) { return !program::interrupted.load(); }));
  return {learner.policy(), normalization};
}

/// Returns `steps` transitions with the policy's draws as actions, and their log-probabilities.
inline Transitions<> draws_of(Policy policy, const AnyEnvironment<>& environment, Index steps, std::uint64_t seed) {
  Generator noise(seed, Stream::noise);
  return collect<float>(environment, steps, seed,
                        [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                          return policy.act(observation, Acting::sample, noise, action)(0);
                        });
}

/// Returns data whose actions are tanh(0.7 a + N(0, `noise`²)), where a is the script's action: broad, and without
/// atoms at the border.
inline Transitions<> noisy_script(const AnyEnvironment<>& environment, Index steps, double noise, std::uint64_t seed) {
  Generator generator(seed, Stream::noise);
  Vector<double> clean(environment.action_size());
  return collect<float>(environment, steps, seed,
                        [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                          environment.scripted(observation.col(0).cast<double>().eval(), clean);
                          for (Index j = 0; j < clean.size(); ++j)
                            action(j, 0) = static_cast<float>(std::tanh(0.7 * clean(j) + noise * generator.normal()));
                          return std::nullopt;
                        });
}

/// Trains the five policies on `data` and runs each in the environment for its true value.
inline std::vector<Candidate> candidates(const Options& options, const std::vector<Training>& trainings,
                                         const Transitions<>& data, const AnyEnvironment<>& environment,
                                         const Estimand& estimand) {
  std::vector<std::optional<Candidate>> found(trainings.size());
  program::run_all(trainings.size(), options.threads, [&](std::size_t i) {
    Training training = trainings[i];
    training.steps = static_cast<Index>(options.training * static_cast<double>(training.steps));
    Policy policy = trained(training, data, estimand.discount, options.seed);
    EvaluationGenerators draws(options.seed + 100);
    const Row<double> returns = run_episodes(policy, environment, options.episodes, estimand, draws);
    found[i].emplace(Candidate{trainings[i].learner, std::move(policy), estimate_mean(returns)});
  });
  std::vector<Candidate> all;
  for (auto& each : found)
    if (each) all.push_back(*std::move(each));
  return all;
}

}  // namespace ranking
