/// \file
/// The data: SAC is trained online, and what it and its policies do is written to HDF5.
#pragma once

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/progress_bar.hpp"
#include "holdfast/training/rollout.hpp"
#include "offline_sac_failure/options.hpp"
#include "support/program.hpp"

namespace failure {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// The network and rates that all SAC runs here share, online and offline.
inline Sac<>::Config sac_config(const Options& options) {
  Sac<>::Config config;
  config.discount = options.discount;
  config.policy_optimizer.learning_rate = options.learning_rate;
  config.policy.network.hidden = options.hidden;
  config.critics.network.hidden = options.hidden;
  config.critics.optimizer.learning_rate = options.learning_rate;
  config.improvement.temperature_optimizer.learning_rate = options.learning_rate;
  return config;
}

inline Sizes sizes_of(const AnyEnvironment& environment) {
  return {environment.observation_size(), environment.action_size()};
}

template <class Policy>
DeployedPolicy<Policy> deployed(const Policy& policy, const AnyEnvironment& environment) {
  return {policy, Normalization<typename Policy::Scalar>::identity(environment.observation_size())};
}

/// Online training, as far as it got.
struct Online {
  TanhGaussian<> medium;  ///< the first policy of half the score asked for
  TanhGaussian<> good;    ///< the last one
  Transitions<> replay;   ///< every transition
  double score = 0;       ///< of the last one's mode, over 100 fresh episodes
};

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`.
inline Online train_sac_online(const Options& options, const AnyEnvironment& environment) {
  constexpr Index interval = 500;
  Sac<> learner(sac_config(options), sizes_of(environment), options.seed);
  ReplayBuffer<> buffer(sizes_of(environment), options.online_steps);
  ProgressBar bar(std::cerr, "online SAC", options.online_steps, program::is_terminal(2));
  std::optional<TanhGaussian<>> medium;
  double score = 0;
  train_online(learner, environment, buffer,
               {.steps = options.online_steps, .batch_size = options.batch_size, .seed = options.seed},
               every(interval, [&](const TrainingStep& now, const Sac<>& seen) {
                 if (now.step == 0) return true;
                 auto policy = deployed(seen.policy(), environment);
                 score = normalized_score(environment.references(),
                                          episode_returns(policy, environment, options.episodes, options.seed).mean());
                 if (!medium && score >= options.online_score / 2) medium = seen.policy();
                 bar.note(message("score ", static_cast<int>(score)));
                 bar.advance(interval);
                 return score < options.online_score && !program::interrupted;
               }));
  auto policy = deployed(learner.policy(), environment);
  score =
      normalized_score(environment.references(), episode_returns(policy, environment, 100, options.seed + 1).mean());
  if (score < 0.9 * options.online_score && !program::interrupted)
    std::cerr << "warning: online training ended with a score of " << static_cast<int>(score) << ", not "
              << options.online_score << "; raise --online-steps for data that is worth its name\n";
  return {medium.value_or(learner.policy()), learner.policy(), buffer.transitions(), score};
}

/// Draws of the policy, with their log-probabilities.
inline Transitions<> draws_of(const TanhGaussian<>& policy, const Options& options, const AnyEnvironment& environment) {
  auto acting = deployed(policy, environment);
  Generator noise(options.seed, Stream::noise, 1);
  return collect<float>(environment, options.transitions, options.seed + 2,
                        [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                          return acting.act(observation, Acting::sample, noise, action)(0);
                        });
}

/// What `act(observation, action)` does, with noise N(0, `options.noise`²) and clipped to ±1. The clipping leaves atoms
/// at the border, so no log-probability is recorded.
template <class Act>
Transitions<> noisy(const Options& options, const AnyEnvironment& environment, Act&& act) {
  Generator noise(options.seed, Stream::noise, 2);
  Vector<double> clean(environment.action_size());
  return collect<float>(environment, options.transitions, options.seed + 3,
                        [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                          act(observation.col(0).cast<double>().eval(), clean);
                          for (Index j = 0; j < clean.size(); ++j)
                            action(j, 0) =
                                static_cast<float>(std::clamp(clean(j) + options.noise * noise.normal(), -1.0, 1.0));
                          return std::nullopt;
                        });
}

/// Writes replay.hdf5, medium.hdf5, expert.hdf5 and, where the environment has a script, scripted.hdf5 into the output
/// folder. Returns the online learner's score.
inline double make_data(const Options& options, const AnyEnvironment& environment) {
  const Online online = train_sac_online(options, environment);
  const auto write = [&](const std::string& name, const Transitions<>& data, const std::string& behavior) {
    write_d4rl((options.out / (name + ".hdf5")).string(), data,
               {{"environment", std::string(environment.name())}, {"behavior", behavior}});
  };
  write("replay", online.replay, "SAC, online training");
  write("medium", draws_of(online.medium, options, environment), "SAC at half the score, sampled");
  auto good = deployed(online.good, environment);
  write("expert", noisy(options, environment, [&](const auto& s, auto& a) { good.act(s, a); }),
        message("SAC, mode plus N(0, ", options.noise, "^2)"));
  Vector<double> s(environment.observation_size());
  Vector<double> a(environment.action_size());
  environment.observe(s);
  if (environment.scripted(s, a))
    write("scripted", noisy(options, environment, [&](const auto& o, auto& out) { environment.scripted(o, out); }),
          message("script plus N(0, ", options.noise, "^2)"));
  return online.score;
}

}  // namespace failure
