#include "studies/support/online_sac.hpp"

#include <iostream>
#include <limits>
#include <optional>
#include <utility>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/support/make_data.hpp"
#include "studies/support/run_checkpoint.hpp"
#include "support/checkpoint_interval.hpp"

namespace program {
namespace {

/// A training that is evaluated, and saved so that it can go on.
class Training {
 public:
  Training(const ExperimentOptions& options, const AnyEnvironment<>& environment, std::filesystem::path checkpoint,
           std::map<std::string, std::string> record)
      : options_(options),
        environment_(environment),
        checkpoint_(std::move(checkpoint)),
        record_(std::move(record)),
        learner_(sac_config(options), sizes_of(environment), options.seed),
        buffer_(sizes_of(environment), options.online_steps),
        training_(environment, {.steps = options.online_steps,
                                .random_steps = options.random_steps,
                                .batch_size = options.batch_size,
                                .seed = options.seed}),
        medium_(learner_.policy()),
        bar_(std::cerr, "online SAC", options.online_steps, is_terminal(2)) {
    record_.emplace("build", build());
  }

  OnlineSac run() {
    if (options_.resume && std::filesystem::exists(checkpoint_)) resume();
    const Index before = training_.step();
    if (score_ < options_.online_score)
      training_.run(learner_, buffer_, [&](const TrainingStep& now, const Sac<>&) { return observe(now); });
    if (training_.step() > before) save();
    if (interrupted) return {learner_.policy(), learner_.policy(), {}};
    const double score = score_of(100, options_.seed + 1);
    const bool has_medium = !std::isnan(medium_score_);
    if (!has_medium || score < 0.9 * options_.online_score)
      warn(message("online training ended with a score of ", static_cast<int>(score), ", not ", options_.online_score,
                   "; raise --online-steps for data that is worth its name"));
    return {has_medium ? medium_ : learner_.policy(), learner_.policy(), buffer_.transitions(), medium_score_, score};
  }

  /// Lists what is known of the training so far.
  static void state(auto& self, auto&& visit) {
    visit("medium", self.medium_);
    visit("medium_score", self.medium_score_);
    visit("score", self.score_);
  }

 private:
  [[nodiscard]] double score_of(Index episodes, std::uint64_t seed) const {
    auto policy = deployed(learner_.policy(), environment_);
    return normalized_score(environment_.references(), episode_returns(policy, environment_, episodes, seed).mean());
  }

  bool observe(const TrainingStep& now) {
    if (now.step > 0 && now.step % options_.evaluate_every == 0) {
      score_ = score_of(options_.episodes, options_.seed);
      if (std::isnan(medium_score_) && score_ >= options_.medium_share * options_.online_score) {
        medium_ = learner_.policy();
        medium_score_ = score_;
      }
      bar_.note(message("score ", static_cast<int>(score_)));
      bar_.advance(options_.evaluate_every);
      if (score_ >= options_.online_score) return false;
    }
    if (checkpoints_.due(now.step)) checkpoints_.write([&] { save(); });
    return !interrupted;
  }

  template <class Visit>
  void each_part(Visit&& visit) {
    visit("learner", learner_);
    visit("buffer", buffer_);
    visit("training", training_);
    visit("progress", *this);
  }

  void save() {
    save_run(checkpoint_.string(), record_, [this](auto&& visit) { each_part(visit); });
  }

  void resume() {
    resume_run(checkpoint_.string(), record_, [this](auto&& visit) { each_part(visit); });
    bar_.skip(training_.step() / options_.evaluate_every * options_.evaluate_every);
  }

  const ExperimentOptions& options_;
  const AnyEnvironment<>& environment_;
  std::filesystem::path checkpoint_;
  std::map<std::string, std::string> record_;
  Sac<> learner_;
  ReplayBuffer<> buffer_;
  OnlineTraining<Sac<>, AnyEnvironment<>> training_;
  TanhGaussian<> medium_;
  double medium_score_ = std::nan("");
  double score_ = -std::numeric_limits<double>::infinity();  ///< that of the last evaluation
  ProgressBar bar_;
  CheckpointInterval checkpoints_{"60s"};
};

}  // namespace

OnlineSac train_sac_online(const ExperimentOptions& options, const AnyEnvironment<>& environment,
                           const std::filesystem::path& checkpoint, const std::map<std::string, std::string>& record) {
  return Training(options, environment, checkpoint, record).run();
}

}  // namespace program
