/// \file
/// Run: one run of a learner, with the files that it writes. A phase says whether it learns offline or online.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/core/whole_file.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/checkpoint_interval.hpp"
#include "tool/acting.hpp"
#include "tool/run_folder.hpp"
#include "tool/run_identity.hpp"
#include "tool/run_watch.hpp"
#include "tool/storage.hpp"
#include "tool/train_data.hpp"
#include "tool/train_metrics.hpp"
#include "tool/train_progress.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): only the two commands that learn include this

/// A run: its parts, and what happens at each step. `Phase` is OfflinePhase or OnlinePhase. It has
///   - the types `Actions` and `Plan`; a plan has `train`, the TrainPlan of the data, the learner and the files;
///   - `kind`, that of its checkpoints; `verb` and `unit`, for what is said; `has_offline_rows`, of the metrics;
///     `learns_from_data_alone`;
///   - `learn(learner, observe)`, which learns until the last step; `step()`; `has_learned()`, which tells whether the
///     learner has been updated; `updates()`, the number of updates at the end, for warnings; `seed()`;
///   - `each_part(visit)`, which visits what a checkpoint holds of it;
///   - `configuration(options, settings, run)`, which returns the text of the run's configuration;
///   - `begin(learner)`, which changes what a new run begins with, and `copy_rows(metrics, learner)`, which writes its
///     first rows and returns whether there are any.
template <class Phase>
class Run {
 public:
  using Actions = typename Phase::Actions;
  using Plan = typename Phase::Plan;
  using Learner = AnyLearner<float, Actions>;
  using Environment = AnyEnvironment<Actions>;
  using Policy = DeployedPolicy<AnyPolicy<float, Actions>>;

  Run(const Plan& plan, RunFolder& folder, const std::optional<Checkpoint>& resumed)
      : options_(plan.train.options),
        folder_(folder),
        checkpoints_(options_.checkpoint_every),
        environment_(make(options_.environment)),
        data_(read_data<Actions>(plan.train, environment_)),
        normalization_(options_.normalize ? Normalization<float>::fit(data_.training.observations)
                                          : Normalization<float>::identity(data_.training.observation_size())),
        learner_(holdfast::make_learner<Actions>(options_.algorithm, plan.train.learner, sizes(), options_.seed)),
        phase_(plan, data_, environment_, normalization_) {
    if (options_.normalize) normalization_.normalize(data_.training);
    if (options_.normalize && data_.validation) normalization_.normalize(*data_.validation);
    probe_.emplace(probe_of(data_.training));
    if (data_.validation) validation_probe_.emplace(probe_of(*data_.validation));
    watch_.emplace(options_.log_every, *probe_, possible_values(),
                   environment_ ? "any policy can earn" : "the data's rewards allow", Phase::learns_from_data_alone);
    if (options_.patience > 0 && !environment_ && learner_.has_critics())
      throw ConfigError(
          "patience needs an environment to evaluate in: --environment; only where there are no critics, the "
          "validation error tells of progress");
    run_ = run_id(configuration(), data_.hash);
    loading_.reset();
    if (resumed)
      resume(*resumed);
    else
      begin();
  }

  void train() {
    announce();
    if (resumed_ && (phase_.step() == options_.steps || !reason_to_stop().empty())) {
      folder_.complete();
      std::printf("nothing to do: the run has ended%s\n", because().c_str());
      return;
    }
    open_metrics();
    {
      ProgressBar bar(std::cerr, std::string(Phase::verb) + ' ' + options_.algorithm, options_.steps,
                      program::is_terminal(2));
      bar.skip(phase_.step());
      shown_ = phase_.step();
      try {
        phase_.learn(learner_, [&](const TrainingStep& now, const Learner& seen) { return observe(now, seen, bar); });
      } catch (const NonFiniteError& error) {
        throw NonFiniteError(message(error.what(), "; kept are ", written()));
      }
    }
    if (!program::interrupted) folder_.complete();
    report();
  }

 private:
  static std::optional<Environment> make(const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(program::make_environment<Actions>(name));
  }

  [[nodiscard]] Sizes sizes() const { return {data_.training.observation_size(), data_.training.action_size()}; }

  [[nodiscard]] Probe<float, Actions> probe_of(const Transitions<float, Actions>& data) const {
    return Probe<float, Actions>(data, learner_.discount(), 256, std::min<Index>(10, data.size() - 1));
  }

  /// Returns the range of values that a policy can earn; without an environment, that which the size of the data's
  /// rewards suggests. Returns nothing if there are no critics, or all rewards are 0.
  [[nodiscard]] std::optional<Interval> possible_values() const {
    if (!learner_.has_critics()) return std::nullopt;
    if (!environment_) return plausible_values(data_.training, learner_.discount());
    return attainable_values(data_.learned(environment_->reward_range()), learner_.discount());
  }

  // --- beginning and resuming

  [[nodiscard]] std::string configuration() const { return phase_.configuration(options_, learner_.settings(), run_); }

  void begin() {
    phase_.begin(learner_);
    folder_.begin();
    save(state());  // before the other files, so that none of them is ever without a checkpoint
    write_whole_file(folder_.file("config.toml"), configuration());
  }

  void resume(const Checkpoint& checkpoint) {
    const std::string file = folder_.file("checkpoint.h5");
    check_same_run(file, checkpoint, configuration(), options_.dataset, data_.hash);
    run_ = checkpoint.text("run");
    check_one_run(folder_, run_);
    try {
      each_part([&](const char* name, auto& part) { checkpoint.restore(name, part); });
    } catch (const DataError& error) {
      throw DataError(file + ": " + error.what());
    }
    if (phase_.step() > options_.steps)
      throw ConfigError(message("steps must be at least ", phase_.step(), ", the steps that ", file,
                                " has done already, but is ", options_.steps));
    if (checkpoint.text("build") != program::build())
      program::warn(message(file, " was written by ", checkpoint.text("build"), ", and this is ", program::build(),
                            ": the last digits of what follows may differ"));
    resumed_ = true;
    checkpoint_step_ = phase_.step();
    if (checkpoint.text("configuration") == configuration() && std::filesystem::exists(folder_.file("config.toml")))
      return;
    save(state());  // with the new number of steps, which another --resume then goes by
    write_whole_file(folder_.file("config.toml"), configuration());
  }

  /// Starts metrics.csv, or cuts it back to the checkpoint's row.
  void open_metrics() {
    metrics_.emplace(folder_.file("metrics.csv"), learner_, run_,
                     resumed_ ? std::optional(progress_.metrics) : std::nullopt, Phase::has_offline_rows);
    if (metrics_->is_new() && phase_.copy_rows(*metrics_, learner_)) save(state());  // so that they are copied once
  }

  /// Calls visit(name, part) for everything that a checkpoint holds.
  template <class Visit>
  void each_part(Visit&& visit) {
    visit("learner", learner_);
    phase_.each_part(visit);
    visit("normalization", normalization_);
    visit("progress", progress_);
    watch_->each_part(visit);
  }

  /// Returns the whole state, as it is now.
  [[nodiscard]] Checkpoint state() {
    if (metrics_) progress_.metrics = metrics_->synced();
    Checkpoint checkpoint{.about = {{"kind", Phase::kind},
                                    {"run", run_},
                                    {"build", program::build()},
                                    {"algorithm", options_.algorithm},
                                    {"actions", FiniteActions<Actions> ? "finite" : "continuous"},
                                    {"observation_size", std::to_string(sizes().observation)},
                                    {"action_size", std::to_string(sizes().action)},
                                    {"data", hash_text(data_.hash)},
                                    {"configuration", configuration()}},
                          .parts = {}};
    each_part([&](const char* name, const auto& part) { checkpoint.parts[name] = save_state(part); });
    return checkpoint;
  }

  void save(const Checkpoint& checkpoint) {
    write_checkpoint(folder_.file("checkpoint.h5"), checkpoint);
    checkpoint_step_ = phase_.step();
  }

  // --- the steps

  static bool due(const TrainingStep& now, Index interval) { return interval > 0 && now.step % interval == 0; }

  bool observe(const TrainingStep& now, const Learner& learner, ProgressBar& bar) {
    const bool last = now.step == now.steps;
    if (now.step == 0 || phase_.has_learned()) (*watch_)(now, learner);
    const bool interrupted = program::interrupted;
    const bool evaluated = due(now, options_.evaluate_every) || (last && options_.evaluate_every > 0);
    const bool logged = due(now, options_.log_every) || due(now, options_.evaluate_every);
    if (logged) log(now.step, learner, evaluated, bar);
    const bool ends = interrupted || last || !reason_to_stop().empty();
    if (ends)
      end(now.step, learner, evaluated, logged, bar);
    else if (checkpoints_.due(now.step) && now.step > 0)
      checkpoints_.write([&] { save(state()); });
    if (now.step > 0 && (last || evaluated || due(now, std::max<Index>(1, now.steps / 1000)))) {
      bar.advance(now.step - shown_);
      shown_ = now.step;
    }
    return !ends;
  }

  /// Writes the last checkpoint, and the row of a step that has one only because the run ends. The checkpoint is
  /// written after that row, so that a run which has a complete checkpoint has its row and policy too; but its state is
  /// that before the row, so that a resumed run cuts the row off and is as if it had not been stopped.
  void end(Index step, const Learner& learner, bool evaluated, bool logged, ProgressBar& bar) {
    const Checkpoint checkpoint = state();
    if (!logged) {
      watch_->observe_last(step, learner);
      log(step, learner, evaluated, bar);
    }
    if (step > 0) save(checkpoint);
  }

  void log(Index step, const Learner& learner, bool evaluated, ProgressBar& bar) {
    MetricsRow row;
    row.step = step;
    row.has_learned = phase_.has_learned();
    row.training = learner.measure(*probe_);
    const Diagnostics& d = row.training;
    if (validation_probe_) row.validation = learner.measure(*validation_probe_);
    watch_->observe(row);
    const bool finite =
        std::isfinite(d.q_data_max) && std::isfinite(d.q_policy_max) && std::isfinite(d.action_distance);
    Policy policy(learner.acting(), normalization_);
    if (evaluated && finite) {
      row.evaluation = estimate_mean(episode_returns(policy, *environment_, options_.episodes, options_.seed));
      row.score = normalized_score(environment_->references(), row.evaluation->mean);
    }
    metrics_->write(row, learner);
    progress_.row_step = step;
    if (!finite)
      throw NonFiniteError(message("update ", step, ": the predicted Q of the policy's actions is ", d.q_policy_mean,
                                   " in the mean and ", d.q_policy_max, " at most: the learner diverged"));
    write_policy(folder_.file("policy.h5"), policy, metadata(step));
    progress_.policy_step = step;
    if (row.evaluation) progress_.evaluation = *row.evaluation;
    judge(row, policy);
    bar.note(note(d));
  }

  [[nodiscard]] std::map<std::string, std::string> metadata(Index step) const {
    return {{"algorithm", options_.algorithm},       {"dataset", options_.dataset},
            {"environment", options_.environment},   {"run", run_},
            {"seed", std::to_string(phase_.seed())}, {"step", std::to_string(step)}};
  }

  /// Compares a row with the best one, by the return or, where nothing is evaluated and there are no critics, by the
  /// validation error. Keeps the policy of the best evaluation if that is asked for.
  void judge(const MetricsRow& row, const Policy& policy) {
    const bool by_error = !environment_ && row.validation;
    if (!by_error && !row.evaluation) return;
    const double value = by_error ? -row.validation->action_error : row.evaluation->mean;
    if (progress_.improves(value, row.step) && options_.keep_best)
      write_policy(folder_.file("best_policy.h5"), policy, metadata(row.step));
  }

  /// Returns why the run ends before its last step; empty if it goes on.
  [[nodiscard]] std::string reason_to_stop() const {
    if (options_.patience > 0 && progress_.without_progress >= options_.patience)
      return message(environment_ ? "no evaluation was better than that" : "no validation_action_error was below that",
                     " of step ", progress_.best_step);
    if (!options_.stop_on_divergence) return "";
    return watch_->divergence();
  }

  // --- what is said

  [[nodiscard]] std::string note(const Diagnostics& d) const {
    char text[96];
    if (!std::isnan(progress_.evaluation.mean))
      std::snprintf(text, sizeof text, "return %.4g", progress_.evaluation.mean);
    else if (learner_.has_critics())
      std::snprintf(text, sizeof text, "Q(policy) %.4g", d.q_policy_mean);
    else
      std::snprintf(text, sizeof text, "distance of actions from data %.2g", d.action_distance);
    return text;
  }

  void announce() const {
    std::printf(FiniteActions<Actions> ? "%s: %td transitions of %td observation features and %td actions\n"
                                       : "%s: %td transitions of %td observation and %td action features\n",
                options_.dataset.c_str(), data_.training.size(), sizes().observation, sizes().action);
    if (data_.validation) std::printf("%td more transitions are held out for validation\n", data_.validation->size());
    if (resumed_) std::printf("resumed from step %td\n", phase_.step());
    std::fflush(stdout);
    program::warn_of(options_.dataset, data_.row_problems, [&](const DatasetProblem& problem) {
      using Concern = DatasetProblem::Concern;
      return problem.concern == Concern::rows || (problem.concern == Concern::rewards && learner_.has_critics()) ||
             (problem.concern == Concern::scales && !options_.normalize);
    });
    program::warn_of_storage(options_.dataset, data_.storage_problems);
    warn_of_settings();
  }

  void warn_of_settings() const {
    for (const std::string& warning : learner_.warnings(phase_.updates())) program::warn(warning);
    if (!learner_.has_critics() || learner_.discount() < 1) return;
    const auto& data = data_.training;
    const Index endless = (data.timeouts != 0 && data.terminals == 0).count();
    if ((data.terminals == 0).all())
      program::warn("discount = 1, but no terminal is recorded: values have no bound");
    else if (endless > 0)
      program::warn(
          message("discount = 1, but episodes end without a terminal (", endless, "): their values have no bound"));
  }

  [[nodiscard]] std::string written() const {
    std::string text = folder_.file("config.toml") + " (the configuration)";
    const auto add = [&](const char* name, const char* what, Index step) {
      if (step >= 0) text += message(", ", folder_.file(name), " (", what, step, ")");
    };
    add("metrics.csv", "up to step ", progress_.row_step);
    add("policy.h5", "the policy of step ", progress_.policy_step);
    add("best_policy.h5", "the policy of step ", options_.keep_best ? progress_.best_step : -1);
    add("checkpoint.h5", "to go on from step ", checkpoint_step_);
    return text;
  }

  [[nodiscard]] std::string because() const {
    const std::string reason = reason_to_stop();
    return message(" after ", phase_.step(), Phase::unit, reason.empty() ? "" : ": ", reason);
  }

  void report() const {
    for (const std::string& warning : watch_->warnings()) program::warn(warning);
    if (!std::isnan(progress_.evaluation.mean))
      std::printf("return: %s over %td episodes\n", text_of(progress_.evaluation).c_str(), options_.episodes);
    const bool early = !program::interrupted && phase_.step() < options_.steps;
    if (early) std::printf("ended early%s\n", because().c_str());
    std::printf("%s: %s\n", program::interrupted ? "interrupted; kept are" : "written", written().c_str());
    if (program::interrupted) std::printf("--resume goes on\n");
    if (program::interrupted && folder_.replaces())
      std::printf("the run that was there before stays until this one is complete\n");
  }

  std::optional<program::EndsAtOnce> loading_{std::in_place};  // until anything is written
  TrainOptions options_;
  RunFolder& folder_;
  program::CheckpointInterval checkpoints_;
  std::optional<Environment> environment_;
  TrainData<Actions> data_;
  Normalization<float> normalization_;
  Learner learner_;
  Phase phase_;
  std::optional<Probe<float, Actions>> probe_;
  std::optional<Probe<float, Actions>> validation_probe_;
  std::optional<RunWatch> watch_;
  RunProgress progress_;
  std::string run_;  // its id
  std::optional<Metrics<Learner>> metrics_;
  Index checkpoint_step_ = -1;
  bool resumed_ = false;
  Index shown_ = 0;
};

}  // namespace tool
