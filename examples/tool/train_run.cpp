#include "tool/train_run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "holdfast/core/whole_file.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/constraints.hpp"
#include "holdfast/training/explosion.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/rollout.hpp"
#include "holdfast/training/stability.hpp"
#include "support/files.hpp"
#include "tool/acting.hpp"
#include "tool/data_warnings.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

constexpr double none = std::numeric_limits<double>::quiet_NaN();  // an empty cell

constexpr std::array<std::string_view, 12> own_columns = {
    "q_data_mean", "q_data_max", "q_policy_mean", "q_policy_max", "action_distance", "entropy",
    "warning",     "explosion",  "instability",   "return_mean",  "return_stderr",   "normalized_score"};

/// Writes metrics.csv: the step, all quantities that the learner reports, and those measured here.
template <class Learner>
class Metrics {
 public:
  Metrics(const std::filesystem::path& file, const Learner& learner)
      : csv_(file, columns(learner)), has_critics_(learner.has_critics()) {}

  void row(Index step, const Learner& learner, const Diagnostics& d, const std::optional<ExplosionDetector>& detector,
           bool unstable, const std::optional<Estimate>& evaluation, double score) {
    std::vector<CsvCell> cells = {step};
    learner.report([&](std::string_view, double value) { cells.emplace_back(step == 0 ? none : value); });
    for (const double value : {d.q_data_mean, d.q_data_max, d.q_policy_mean, d.q_policy_max})
      cells.emplace_back(has_critics_ ? value : none);
    cells.emplace_back(d.action_distance);
    cells.emplace_back(d.entropy);
    const auto flag = [&](bool raised) { cells.push_back(detector ? CsvCell(Index{raised}) : CsvCell("")); };
    flag(detector && detector->warning_step());
    flag(detector && detector->explosion_step());
    cells.emplace_back(Index{unstable});
    for (const double value :
         {evaluation ? evaluation->mean : none, evaluation ? evaluation->standard_error : none, score})
      cells.emplace_back(value);
    csv_.row(cells);
  }

 private:
  static std::vector<std::string> columns(const Learner& learner) {
    std::vector<std::string> names = {"step"};
    learner.report([&](std::string_view name, double) {
      const bool taken = std::find(own_columns.begin(), own_columns.end(), name) != own_columns.end();
      names.push_back((taken ? "batch_" : "") + std::string(name));
    });
    names.insert(names.end(), own_columns.begin(), own_columns.end());
    return names;
  }

  CsvWriter csv_;
  bool has_critics_;
};

/// The problems of the rows of a file, and of the types that they are stored in.
struct FileProblems {
  std::vector<DatasetProblem> of_rows;
  std::vector<std::string> of_storage;
};

/// Returns the transitions of the file that can be learned from, and sets `problems` to those of all its rows.
template <class Actions>
Transitions<float, Actions> read_dataset(const TrainOptions& options,
                                         const std::optional<AnyEnvironment<Actions>>& environment,
                                         FileProblems& problems) {
  auto recording = read_recording<Actions>(options.dataset, {.max_episode_steps = options.max_episode_steps,
                                                             .action_limit = options.action_limit,
                                                             .action_count = options.action_count});
  problems.of_rows = program::problems_of(recording, options.action_limit);
  if constexpr (FiniteActions<Actions>)
    problems.of_storage = find_lost_digits(options.dataset);
  else
    problems.of_storage = find_storage_problems(options.dataset, recording.rows.actions);
  const bool has_rows = recording.rows.size() > 1;
  auto dataset = std::move(recording).transitions();
  if (dataset.size() < 2)
    throw DataError(message(options.dataset, ": expected at least 2 transitions to train and measure on, found ",
                            dataset.size(), has_rows ? " whose successor is known; record next_observations" : ""));
  if (environment) check_sizes(options.dataset, {dataset.observation_size(), dataset.action_size()}, *environment);
  return dataset;
}

/// Makes the folder. Throws ConfigError if it holds a run that may not be overwritten. If it may, each of its files
/// stays until the new one replaces it.
void prepare_folder(const std::filesystem::path& out, bool overwrite) {
  for (const char* name : {"metrics.csv", "config.toml", "policy.h5"})
    if (!overwrite && std::filesystem::exists(out / name))
      throw ConfigError(message(out.string(), ": holds a run already (", name,
                                "); choose another folder with --out, or give --overwrite"));
  program::make_folder(out);
}

/// A training run: its parts, and what happens at each step.
template <class Actions>
class Run {
 public:
  using Learner = AnyLearner<float, Actions>;
  using Environment = AnyEnvironment<Actions>;

  Run(const TrainPlan& plan, std::filesystem::path out, bool overwrite)
      : options_(plan.options),
        out_(std::move(out)),
        environment_(make(options_.environment)),
        dataset_(read_dataset<Actions>(options_, environment_, problems_)),
        normalization_(options_.normalize ? Normalization<float>::fit(dataset_.observations)
                                          : Normalization<float>::identity(dataset_.observation_size())),
        learner_(holdfast::make_learner<Actions>(options_.algorithm, plan.learner,
                                                 {dataset_.observation_size(), dataset_.action_size()}, options_.seed)),
        stability_(options_.log_every) {
    if (options_.normalize) normalization_.normalize(dataset_);
    probe_.emplace(dataset_, learner_.discount(), 256, std::min<Index>(10, dataset_.size() - 1));
    watch();
    prepare_folder(out_, overwrite);
    write_whole_file(out_ / "config.toml", to_toml(options_, learner_.settings()));
    metrics_.emplace(out_ / "metrics.csv", learner_);
  }

  void train() {
    std::printf(FiniteActions<Actions> ? "%s: %td transitions of %td observation features and %td actions\n"
                                       : "%s: %td transitions of %td observation and %td action features\n",
                options_.dataset.c_str(), dataset_.size(), dataset_.observation_size(), dataset_.action_size());
    std::fflush(stdout);
    program::warn_of(options_.dataset, problems_.of_rows, [&](const DatasetProblem& problem) {
      using Concern = DatasetProblem::Concern;
      return problem.concern == Concern::rows || (problem.concern == Concern::rewards && learner_.has_critics()) ||
             (problem.concern == Concern::scales && !options_.normalize);
    });
    program::warn_of_storage(options_.dataset, problems_.of_storage);
    warn_of_settings();
    {
      ProgressBar bar(std::cerr, "train " + options_.algorithm, options_.steps, program::is_terminal(2));
      try {
        const OfflineOptions options{.steps = options_.steps, .batch_size = options_.batch_size, .seed = options_.seed};
        train_offline(learner_, dataset_, options,
                      [&](const TrainingStep& now, const Learner& seen) { return observe(now, seen, bar); });
      } catch (const NonFiniteError& error) {
        throw NonFiniteError(message(error.what(), "; kept are ", written()));
      }
    }
    report();
  }

 private:
  static std::optional<Environment> make(const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(make_environment<Actions>(name));
  }

  /// Starts the explosion detector with the range of values that a policy can earn; without an environment, the range
  /// is derived from the size of the data's rewards.
  void watch() {
    if (!learner_.has_critics()) return;
    const auto range = environment_ ? attainable_values(environment_->reward_range(), learner_.discount())
                                    : plausible_values(dataset_, learner_.discount());
    if (range) detector_.emplace(*range);  // if all rewards are 0, their size is unknown
  }

  void warn_of_settings() const {
    for (const std::string& warning : learner_.warnings(options_.steps)) program::warn(warning);
    if (!learner_.has_critics() || learner_.discount() < 1) return;
    const Index endless = (dataset_.timeouts != 0 && dataset_.terminals == 0).count();
    if ((dataset_.terminals == 0).all())
      program::warn("discount = 1, but no terminal is recorded: values have no bound");
    else if (endless > 0)
      program::warn(
          message("discount = 1, but episodes end without a terminal (", endless, "): their values have no bound"));
  }

  [[nodiscard]] bool due(const TrainingStep& now, Index interval) const {
    return interval > 0 && (now.step % interval == 0 || now.step == now.steps);
  }

  bool observe(const TrainingStep& now, const Learner& learner, ProgressBar& bar) {
    stability_(now, learner);
    constraints_(now, learner);
    const bool go_on = !program::interrupted;
    const bool evaluated = go_on && due(now, options_.evaluate_every);
    if (evaluated || !go_on || due(now, options_.log_every)) log(now.step, learner, evaluated, bar);
    if (now.step > 0 && (due(now, std::max<Index>(1, now.steps / 1000)) || evaluated)) {
      bar.advance(now.step - shown_);
      shown_ = now.step;
    }
    return go_on;
  }

  void log(Index step, const Learner& learner, bool evaluated, ProgressBar& bar) {
    const Diagnostics d = learner.measure(*probe_);
    // The predictions of an untrained critic mean nothing.
    if (detector_ && step > 0) detector_->observe(step, d.predicted);
    const bool finite =
        std::isfinite(d.q_data_max) && std::isfinite(d.q_policy_max) && std::isfinite(d.action_distance);
    DeployedPolicy<AnyPolicy<float, Actions>> policy(learner.acting(), normalization_);
    std::optional<Estimate> evaluation;
    if (evaluated && finite)
      evaluation = estimate_mean(episode_returns(policy, *environment_, options_.episodes, options_.seed));
    const double score = evaluation ? normalized_score(environment_->references(), evaluation->mean) : none;
    metrics_->row(step, learner, d, detector_, !stability_.found().empty(), evaluation, score);
    row_step_ = step;
    if (!finite)
      throw NonFiniteError(message("update ", step, ": the predicted Q of the policy's actions is ", d.q_policy_mean,
                                   " in the mean and ", d.q_policy_max, " at most: the learner diverged"));
    write_policy((out_ / "policy.h5").string(), policy,
                 {{"algorithm", options_.algorithm},
                  {"dataset", options_.dataset},
                  {"environment", options_.environment},
                  {"seed", std::to_string(options_.seed)},
                  {"step", std::to_string(step)}});
    policy_step_ = step;
    if (evaluation) return_ = *evaluation;
    bar.note(note(d));
  }

  [[nodiscard]] std::string note(const Diagnostics& d) const {
    char text[96];
    if (return_)
      std::snprintf(text, sizeof text, "return %.4g", return_->mean);
    else if (learner_.has_critics())
      std::snprintf(text, sizeof text, "Q(policy) %.4g", d.q_policy_mean);
    else
      std::snprintf(text, sizeof text, "distance of actions from data %.2g", d.action_distance);
    return text;
  }

  [[nodiscard]] std::string written() const {
    std::string text = message((out_ / "config.toml").string(), " (the configuration)");
    if (row_step_) text += message(", ", (out_ / "metrics.csv").string(), " (up to step ", *row_step_, ")");
    if (policy_step_) text += message(", ", (out_ / "policy.h5").string(), " (the policy of step ", *policy_step_, ")");
    return text;
  }

  [[nodiscard]] const char* allowing() const {
    return environment_ ? "any policy can earn" : "the data's rewards allow";
  }

  void report() const {
    if (detector_ && detector_->warning_step())
      program::warn(
          message("from step ", *detector_->warning_step(), " on the critics were heading out of what ", allowing()));
    if (detector_ && detector_->explosion_step())
      program::warn(message("at step ", *detector_->explosion_step(), " the predicted Q left [",
                            detector_->attainable().lowest, ", ", detector_->attainable().highest, "], what ",
                            allowing()));
    if (!stability_.found().empty()) program::warn(text_of(stability_.found()));
    for (const std::string& line : constraints_.violated()) program::warn(line);
    if (return_) std::printf("return: %s over %td episodes\n", text_of(*return_).c_str(), options_.episodes);
    std::printf("%s: %s\n", program::interrupted ? "interrupted; kept are" : "written", written().c_str());
  }

  TrainOptions options_;
  std::filesystem::path out_;
  std::optional<Environment> environment_;
  FileProblems problems_;
  Transitions<float, Actions> dataset_;
  Normalization<float> normalization_;
  Learner learner_;
  std::optional<Probe<float, Actions>> probe_;
  std::optional<ExplosionDetector> detector_;
  StabilityMonitor stability_;
  ConstraintMonitor constraints_;
  std::optional<Metrics<Learner>> metrics_;
  std::optional<Index> row_step_;     // step of the last row
  std::optional<Index> policy_step_;  // step of the policy in the file
  std::optional<Estimate> return_;    // from the last evaluation
  Index shown_ = 0;
};

}  // namespace

void train(const TrainPlan& plan, const std::filesystem::path& out, bool overwrite) {
  const std::string& environment = plan.options.environment;
  if (!environment.empty())
    check_kind(plan.options.dataset, plan.finite, environment, BuiltInEnvironments::has_finite_actions(environment));
  with_actions(plan.finite, [&]<class Actions>() { Run<Actions>(plan, out, overwrite).train(); });
}

}  // namespace tool
