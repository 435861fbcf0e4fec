/// \file
/// One run: a method learns offline, if it does, and then goes on online.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/offline_to_online/curves.hpp"
#include "studies/offline_to_online/task.hpp"
#include "studies/support/run_checkpoint.hpp"
#include "support/checkpoint_interval.hpp"
#include "support/files.hpp"
#include "support/learners.hpp"

namespace offline_to_online {

constexpr Index measurements = 20;  ///< number in the online phase, beside the one at its beginning

/// Returns the learner of a method, with the sizes of the task.
inline AnyLearner<float> make_method(const Method& method, const Task& task, std::uint64_t seed) {
  const Settings defaults = default_settings(method.algorithm);
  Settings settings = program::hidden_settings(method.algorithm, task.size.hidden, true);
  const Settings rates = program::rate_settings(defaults, task.size.learning_rate);
  settings.insert(settings.end(), rates.begin(), rates.end());
  for (const auto& [name, value] : defaults) {
    if (name == "discount") settings.emplace_back(name, format_field(stitching::discount));
    if (name == "target_rate") settings.emplace_back(name, format_field(task.size.target_rate));
    if (name == "penalty.samples") settings.emplace_back(name, format_field(task.size.penalty_samples));
    if (name == "critics.network.normalization" && method.layer_norm) settings.emplace_back(name, "before_activation");
    // λ and α are set against the differences of Q: see the study `stitching`.
    if (task.name == "maze" && name == "improvement.temperature" && method.offline) settings.emplace_back(name, "0.3");
    if (task.name == "maze" && name == "value.expectile") settings.emplace_back(name, "0.9");
    if (task.name == "maze" && name == "penalty.alpha") settings.emplace_back(name, "0.1");
  }
  return make_learner(method.algorithm, settings, program::sizes_of(task.environment), seed);
}

/// A run that is measured, and saved so that it can go on.
class Run {
 public:
  Run(const Task& task, const Method& method, std::uint64_t seed, ProgressBar& progress)
      : task_(task),
        method_(method),
        seed_(seed),
        progress_(progress),
        file_((task.folder / holdfast::message(method.name, '-', seed, ".h5")).string()),
        learner_(make_method(method, task, seed)),
        buffer_(program::sizes_of(task.environment), task.size.online_steps),
        offline_(
            {.steps = method.offline ? task.size.offline_steps : 0, .batch_size = task.size.batch_size, .seed = seed}),
        online_(task.environment, {.steps = task.size.online_steps,
                                   .random_steps = method.offline ? 0 : task.size.random_steps,
                                   .warmup_steps = method.offline ? task.size.warmup_steps : 0,
                                   .batch_size = task.size.batch_size,
                                   .seed = seed}) {}

  /// Returns the units of progress of a run.
  static Index length(const Task& task, const Method& method) {
    return task.size.online_steps + (method.offline ? task.size.offline_steps : 0);
  }

  /// Trains. With `resume`, goes on from the run's checkpoint, if there is one. Returns the curve; if interrupted, or
  /// if the learner diverges to infinity, what there is of it.
  Curve train(bool resume) {
    if (resume && std::filesystem::exists(file_)) {
      program::resume_run(file_, record(), [this](auto&& visit) { each_part(visit); });
      progress_.skip(reported_ = done());
    }
    const Index before = done();
    try {
      if (curve_.stopped == 0) learn();
    } catch (const NonFiniteError&) {
      curve_.stopped = done() + 1;
    }
    if (done() > before || curve_.stopped > 0) save();
    if (curve_.stopped > 0) progress_.advance(length(task_, method_) - reported_);
    return curve_;
  }

 private:
  [[nodiscard]] Index done() const { return offline_.step() + online_.step(); }

  void learn() {
    if (method_.offline) offline_.run(learner_, task_.data, [&](const TrainingStep&, const auto&) { return go_on(); });
    if (!program::interrupted && curve_.steps.empty()) measure(0);
    if (!program::interrupted) go_online();
  }

  void go_online() {
    const auto observe = [&](const TrainingStep& now, const auto&) {
      const Index every = std::max<Index>(1, now.steps / measurements);
      if (now.step > curve_.steps.back() && (now.step % every == 0 || now.step == now.steps)) measure(now.step);
      return go_on();
    };
    if (method_.with_data)
      online_.run_with(OfflineData(task_.data, 0.5), learner_, buffer_, observe);
    else
      online_.run(learner_, buffer_, observe);
  }

  void measure(Index step) {
    auto policy = program::deployed(learner_.acting(), task_.environment);
    const double mean =
        estimate_mean(episode_returns(policy, task_.environment, task_.size.episodes, seed_ + 1000)).mean;
    curve_.steps.push_back(step);
    curve_.scores.push_back(normalized_score(task_.environment.references(), mean));
  }

  bool go_on() {
    constexpr Index often = 100;
    if (done() >= reported_ + often || online_.step() == task_.size.online_steps) {
      progress_.advance(done() - reported_);
      reported_ = done();
    }
    if (checkpoints_.due(done())) checkpoints_.write([this] { save(); });
    return !program::interrupted;
  }

  [[nodiscard]] std::map<std::string, std::string> record() const {
    const Size& size = task_.size;
    std::map<std::string, std::string> record = {
        {"run", method_.name},
        {"environment", task_.name},
        {"seed", std::to_string(seed_)},
        {"data", hash_text(task_.hash)},
        {"steps", holdfast::message(size.offline_steps, " offline, ", size.online_steps, " online, ", size.random_steps,
                                    " random, ", size.warmup_steps, " of warm-up")},
        {"batch_size", std::to_string(size.batch_size)},
        {"episodes", std::to_string(size.episodes)},
        {"build", program::build()}};
    for (const auto& [name, value] : learner_.settings()) record.emplace("set " + name, value);
    return record;
  }

  template <class Visit>
  void each_part(Visit&& visit) {
    visit("learner", learner_);
    visit("offline", offline_);
    visit("online", online_);
    visit("buffer", buffer_);
    visit("curve", curve_);
  }

  void save() {
    program::make_folder(task_.folder);
    program::save_run(file_, record(), [this](auto&& visit) { each_part(visit); });
  }

  const Task& task_;
  const Method& method_;
  std::uint64_t seed_;
  ProgressBar& progress_;
  std::string file_;
  AnyLearner<float> learner_;
  ReplayBuffer<> buffer_;
  OfflineTraining offline_;
  OnlineTraining<AnyLearner<float>, AnyEnvironment<>> online_;
  Curve curve_;
  program::CheckpointInterval checkpoints_{"60s"};
  Index reported_ = 0;
};

}  // namespace offline_to_online
