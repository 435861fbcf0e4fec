/// \file
/// OnlineRun: SAC in online training, which can be saved and go on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/support/make_data.hpp"
#include "studies/support/run_checkpoint.hpp"

namespace program {

/// SAC that is trained online in one environment: the learner, all its transitions, and the training.
class OnlineRun {
 public:
  OnlineRun(const AnyEnvironment<>& environment, const Sac<>::Config& config, const OnlineOptions& options)
      : environment_(environment),
        learner_(config, sizes_of(environment), options.seed),
        buffer_(sizes_of(environment), options.steps),
        training_(environment, options) {}

  [[nodiscard]] const TanhGaussian<>& policy() const { return learner_.policy(); }
  [[nodiscard]] Transitions<> transitions() const { return buffer_.transitions(); }
  [[nodiscard]] Index step() const { return training_.step(); }

  /// Trains on, until the last step is done or `observe(now)` returns false.
  template <class Observe>
  void run(Observe&& observe) {
    training_.run(learner_, buffer_, [&](const TrainingStep& now, const Sac<>&) { return observe(now); });
  }

  /// Returns the mean return of the policy's mode over fresh episodes.
  [[nodiscard]] Estimate evaluate(Index episodes, std::uint64_t seed) const {
    auto acting = deployed(policy(), environment_);
    return estimate_mean(episode_returns(acting, environment_, episodes, seed));
  }

  /// Returns the score of a return: 0 for a random policy, 100 for the environment's good one.
  [[nodiscard]] double score(const Estimate& value) const {
    return normalized_score(environment_.references(), value.mean);
  }

  /// Writes a checkpoint of the run and of its `progress`, with a record of which run it is.
  template <class Progress>
  void save(const std::string& file, const std::map<std::string, std::string>& record, const Progress& progress) {
    save_run(file, record, [&](auto&& visit) { each_part(visit, progress); });
  }

  /// Goes on from a checkpoint. Throws like resume_run.
  template <class Progress>
  void resume(const std::string& file, const std::map<std::string, std::string>& record, Progress& progress) {
    resume_run(file, record, [&](auto&& visit) { each_part(visit, progress); });
  }

 private:
  template <class Visit, class Progress>
  void each_part(Visit&& visit, Progress& progress) {
    visit("learner", learner_);
    visit("buffer", buffer_);
    visit("training", training_);
    visit("progress", progress);
  }

  AnyEnvironment<> environment_;
  Sac<> learner_;
  ReplayBuffer<> buffer_;
  OnlineTraining<Sac<>, AnyEnvironment<>> training_;
};

}  // namespace program
