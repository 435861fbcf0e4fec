#include "studies/support/make_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/recorder.hpp"
#include "studies/support/online_sac.hpp"
#include "studies/support/record.hpp"
#include "support/files.hpp"

namespace program {
namespace {

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

/// Returns the options that the datasets are made with, as their metadata records them.
std::map<std::string, std::string> data_record(const ExperimentOptions& options, const AnyEnvironment<>& environment) {
  return {{"environment", std::string(environment.name())},
          {"seed", std::to_string(options.seed)},
          {"transitions", std::to_string(options.transitions)},
          {"noise", format_number(options.noise)},
          {"online_steps", std::to_string(options.online_steps)},
          {"random_steps", std::to_string(options.random_steps)},
          {"evaluate_every", std::to_string(options.evaluate_every)},
          {"online_score", format_number(options.online_score)},
          {"medium_share", format_number(options.medium_share)},
          {"discount", format_number(options.discount)},
          {"hidden", format_field(options.hidden)},
          {"batch_size", std::to_string(options.batch_size)},
          {"learning_rate", format_number(options.learning_rate)},
          {"episodes", std::to_string(options.episodes)}};
}

constexpr const char* reached_score = "reached_score";  // the score of the last policy, in a dataset's metadata

/// Returns the score that a file records, which was made with these options. Throws DataError, naming the difference,
/// if it was made with others.
double check_kept(const ExperimentOptions& options, const AnyEnvironment<>& environment, const std::string& file) {
  const auto found = read_metadata(file);
  check_record(file, data_record(options, environment), found,
               message("ask for what it was made with, choose another --out, or leave out --",
                       options.resume ? "resume" : "keep-data"));
  const auto score = found.find(reached_score);
  return score == found.end() ? std::nan("") : std::strtod(score->second.c_str(), nullptr);
}

/// Makes the datasets of one training.
class Maker {
 public:
  Maker(const ExperimentOptions& options, const AnyEnvironment<>& environment)
      : options_(options), environment_(environment) {}

  /// Returns whether data of this kind come from the training.
  static bool needs_training(const std::string& kind) { return kind != "random" && kind != "scripted"; }

  void train(const std::filesystem::path& checkpoint) {
    online_.emplace(train_sac_online(options_, environment_, checkpoint, data_record(options_, environment_)));
  }
  [[nodiscard]] double score() const { return online_ ? online_->score : std::nan(""); }

  Transitions<> make(const std::string& kind) {
    if (kind == "replay") return online_->replay;
    if (kind == "medium") return draws_of(online_->medium, options_, environment_);
    if (kind == "expert") return expert();
    if (kind == "random") return random();
    if (kind == "mixed") return half_and_half(expert(), random());
    return noisy(options_, environment_, [&](const auto& s, auto& a) { environment_.scripted(s, a); });
  }

  [[nodiscard]] std::string behavior(const std::string& kind) const {
    const std::string noise = message(" plus N(0, ", options_.noise, "^2)");
    if (kind == "replay") return "SAC, online training";
    if (kind == "medium")
      return std::isnan(online_->medium_score) ? message("SAC, last policy, sampled")
                                               : message("SAC at a score of ", online_->medium_score, ", sampled");
    if (kind == "expert") return "SAC, mode" + noise;
    if (kind == "random") return "uniform actions";
    return kind == "mixed" ? "half expert, half uniform actions" : "script" + noise;
  }

 private:
  const Transitions<>& expert() {
    if (expert_.size() > 0) return expert_;
    auto good = deployed(online_->good, environment_);
    return expert_ = noisy(options_, environment_, [&](const auto& s, auto& a) { good.act(s, a); });
  }
  const Transitions<>& random() {
    return random_.size() > 0 ? random_ : random_ = random_actions(options_, environment_);
  }

  const ExperimentOptions& options_;
  const AnyEnvironment<>& environment_;
  std::optional<OnlineSac> online_;
  Transitions<> expert_;
  Transitions<> random_;
};

bool has_script(const AnyEnvironment<>& environment) {
  Vector<double> observation(environment.observation_size());
  Vector<double> action(environment.action_size());
  environment.observe(observation);
  return environment.scripted(observation, action);
}

}  // namespace

std::optional<double> make_data(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                                const std::filesystem::path& folder, const std::vector<std::string>& kinds) {
  make_folder(folder);
  const auto file = [&](const std::string& kind) { return (folder / (kind + ".hdf5")).string(); };
  std::vector<std::string> missing;
  double score = std::nan("");
  for (const std::string& kind : kinds)
    if ((options.keep_data || options.resume) && std::filesystem::exists(file(kind)))
      score = check_kept(options, environment, file(kind));
    else
      missing.push_back(kind);
  if (missing.empty()) return score;
  if (std::find(missing.begin(), missing.end(), "scripted") != missing.end() && !has_script(environment))
    throw ConfigError(message("--data scripted: ", environment.name(), " has no scripted policy"));

  const std::filesystem::path checkpoint = folder / "online.h5";
  Maker maker(options, environment);
  if (std::any_of(missing.begin(), missing.end(), Maker::needs_training)) maker.train(checkpoint);
  for (const std::string& kind : missing) {
    if (interrupted) return std::nullopt;
    auto metadata = data_record(options, environment);
    metadata.emplace("behavior", maker.behavior(kind));
    if (!std::isnan(maker.score())) metadata.emplace(reached_score, format_number(maker.score()));
    write_d4rl(file(kind), maker.make(kind), metadata);
  }
  remove_file(checkpoint.string());
  return maker.score();
}

}  // namespace program
