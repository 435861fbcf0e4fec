#include "studies/support/make_data.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/files.hpp"

namespace program {
namespace {

/// The results of online training.
struct Online {
  TanhGaussian<> medium;  ///< first policy with half the requested score
  TanhGaussian<> good;    ///< last policy
  Transitions<> replay;   ///< all transitions
  double score = 0;       ///< score of the last policy's mode, over 100 fresh episodes
};

/// Trains SAC in the environment until its score reaches `online_score`, or for `online_steps`.
Online train_sac_online(const ExperimentOptions& options, const AnyEnvironment<>& environment) {
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
  if (interrupted) return {learner.policy(), learner.policy(), {}, score};
  auto policy = deployed(learner.policy(), environment);
  score =
      normalized_score(environment.references(), episode_returns(policy, environment, 100, options.seed + 1).mean());
  if (score < 0.9 * options.online_score)
    std::cerr << "warning: online training ended with a score of " << static_cast<int>(score) << ", not "
              << options.online_score << "; raise --online-steps for data that is worth its name\n";
  return {medium.value_or(learner.policy()), learner.policy(), buffer.transitions(), score};
}

/// Returns data with the policy's draws as actions, and their log-probabilities.
Transitions<> draws_of(const TanhGaussian<>& policy, const ExperimentOptions& options,
                       const AnyEnvironment<>& environment) {
  auto acting = deployed(policy, environment);
  Generator noise(options.seed, Stream::noise, 1);
  return collect<float>(environment, options.transitions, options.seed + 2,
                        [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                          return acting.act(observation, Acting::sample, noise, action)(0);
                        });
}

/// Returns data with the actions of `act(observation, action)` plus noise N(0, `options.noise`²), clipped to ±1. The
/// clipping leaves atoms at the border, so no log-probability is recorded.
template <class Act>
Transitions<> noisy(const ExperimentOptions& options, const AnyEnvironment<>& environment, Act&& act) {
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

/// Returns data with uniform actions on [−1, 1], and their log-probabilities.
Transitions<> random_actions(const ExperimentOptions& options, const AnyEnvironment<>& environment) {
  Generator noise(options.seed, Stream::noise, 3);
  return collect<float>(environment, options.transitions, options.seed + 5,
                        [&](const Matrix<float>&, Matrix<float>& action) -> std::optional<float> {
                          return act_uniformly(noise, action);
                        });
}

/// Returns the first half of `first`, cut there by a time-out, followed by the first half of `second`.
Transitions<> half_and_half(Transitions<> first, Transitions<> second) {
  const Index half = first.size() / 2;
  const Index rest = first.size() - half;
  second.resize(rest);
  first.resize(half);
  first.timeouts(half - 1) = first.terminals(half - 1) ? 0 : 1;
  first.action_log_probs.resize(0);  // known for one half only
  first.append(second);
  return first;
}

}  // namespace

std::map<std::string, std::string> data_record(const ExperimentOptions& options, const AnyEnvironment<>& environment) {
  return {
      {"environment", std::string(environment.name())},       {"seed", std::to_string(options.seed)},
      {"transitions", std::to_string(options.transitions)},   {"noise", format_number(options.noise)},
      {"online_steps", std::to_string(options.online_steps)}, {"online_score", format_number(options.online_score)},
      {"discount", format_number(options.discount)},          {"hidden", format_field(options.hidden)},
      {"batch_size", std::to_string(options.batch_size)},     {"learning_rate", format_number(options.learning_rate)},
      {"episodes", std::to_string(options.episodes)}};
}

void check_kept_data(const ExperimentOptions& options, const AnyEnvironment<>& environment, const std::string& file) {
  const auto recorded = read_metadata(file);
  for (const auto& [key, expected] : data_record(options, environment)) {
    const auto found = recorded.find(key);
    if (found == recorded.end() || found->second != expected)
      throw DataError(message(file, ": cannot be kept: ", key, ": expected ", expected, ", as asked for, found ",
                              found == recorded.end() ? "no record of it" : found->second,
                              "; ask for what it was made with, choose another --out, or leave out --keep-data"));
  }
}

std::optional<double> make_data(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                                const std::filesystem::path& folder, bool keep) {
  make_folder(folder);
  const Online online = train_sac_online(options, environment);
  if (interrupted) return std::nullopt;
  const auto write = [&](const std::string& name, const Transitions<>& data, const std::string& behavior) {
    const std::filesystem::path file = folder / (name + ".hdf5");
    if (keep && std::filesystem::exists(file)) return;
    auto metadata = data_record(options, environment);
    metadata.emplace("behavior", behavior);
    write_d4rl(file.string(), data, metadata);
  };
  write("replay", online.replay, "SAC, online training");
  write("medium", draws_of(online.medium, options, environment), "SAC at half the score, sampled");
  auto good = deployed(online.good, environment);
  const Transitions<> expert = noisy(options, environment, [&](const auto& s, auto& a) { good.act(s, a); });
  const Transitions<> random = random_actions(options, environment);
  write("expert", expert, message("SAC, mode plus N(0, ", options.noise, "^2)"));
  write("random", random, "uniform actions");
  write("mixed", half_and_half(expert, random), "half expert, half uniform actions");
  Vector<double> s(environment.observation_size());
  Vector<double> a(environment.action_size());
  environment.observe(s);
  if (environment.scripted(s, a))
    write("scripted", noisy(options, environment, [&](const auto& o, auto& out) { environment.scripted(o, out); }),
          message("script plus N(0, ", options.noise, "^2)"));
  return online.score;
}

}  // namespace program
