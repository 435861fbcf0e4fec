#include "studies/support/online_sac.hpp"

#include <iostream>
#include <limits>
#include <optional>
#include <utility>

#include "holdfast/core/progress_bar.hpp"
#include "studies/support/make_data.hpp"
#include "studies/support/online_run.hpp"
#include "support/checkpoint_interval.hpp"

namespace program {
namespace {

/// A training that is evaluated, and saved so that it can go on.
class Training {
 public:
  Training(const ExperimentOptions& options, const AnyEnvironment<>& environment, std::filesystem::path checkpoint,
           std::map<std::string, std::string> record)
      : options_(options),
        checkpoint_(std::move(checkpoint)),
        record_(std::move(record)),
        training_(environment, sac_config(options),
                  {.steps = options.online_steps,
                   .random_steps = options.random_steps,
                   .batch_size = options.batch_size,
                   .seed = options.seed}),
        medium_(training_.policy()),
        bar_(std::cerr, "online SAC", options.online_steps, is_terminal(2)) {
    record_.emplace("build", build());
  }

  OnlineSac run() {
    if (options_.resume && std::filesystem::exists(checkpoint_)) resume();
    const Index before = training_.step();
    if (score_ < options_.online_score) training_.run([&](const TrainingStep& now) { return observe(now); });
    if (training_.step() > before) save();
    if (interrupted) return {training_.policy(), training_.policy(), {}};
    const double score = score_of(100, options_.seed + 1);
    const bool has_medium = !std::isnan(medium_score_);
    if (!has_medium || score < 0.9 * options_.online_score)
      warn(message("online training ended with a score of ", static_cast<int>(score), ", not ", options_.online_score,
                   "; raise --online-steps for data that is worth its name"));
    return {has_medium ? medium_ : training_.policy(), training_.policy(), training_.transitions(), medium_score_,
            score};
  }

  /// Lists what is known of the training so far.
  static void state(auto& self, auto&& visit) {
    visit("medium", self.medium_);
    visit("medium_score", self.medium_score_);
    visit("score", self.score_);
  }

 private:
  [[nodiscard]] double score_of(Index episodes, std::uint64_t seed) const {
    return training_.score(training_.evaluate(episodes, seed));
  }

  bool observe(const TrainingStep& now) {
    if (now.step > 0 && now.step % options_.evaluate_every == 0) {
      score_ = score_of(options_.episodes, options_.seed);
      if (std::isnan(medium_score_) && score_ >= options_.medium_share * options_.online_score) {
        medium_ = training_.policy();
        medium_score_ = score_;
      }
      bar_.note(message("score ", static_cast<int>(score_)));
      bar_.advance(options_.evaluate_every);
      if (score_ >= options_.online_score) return false;
    }
    if (checkpoints_.due(now.step)) checkpoints_.write([&] { save(); });
    return !interrupted;
  }

  void save() { training_.save(checkpoint_.string(), record_, *this); }

  void resume() {
    training_.resume(checkpoint_.string(), record_, *this);
    bar_.skip(training_.step() / options_.evaluate_every * options_.evaluate_every);
  }

  const ExperimentOptions& options_;
  std::filesystem::path checkpoint_;
  std::map<std::string, std::string> record_;
  OnlineRun training_;
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
