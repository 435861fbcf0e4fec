#include "studies/support/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/training/offline.hpp"
#include "studies/support/run_checkpoint.hpp"
#include "support/checkpoint_interval.hpp"
#include "support/files.hpp"
#include "support/learners.hpp"

namespace program {
namespace {

Point measure(const Experiment& x, const AnyLearner<float>& learner, const TrainingStep& now,
              const Diagnostics& diagnostics, const Schedule& schedule) {
  auto policy = deployed(learner.acting(), x.environment);
  auto valued = deployed(learner.policy(), x.environment);
  Point point;
  point.step = now.step;
  point.diagnostics = diagnostics;
  const bool last = now.step == now.steps;
  if (last || schedule.true_values)
    point.true_q = estimate_mean(true_values(
        valued, x.environment, x.probe.batch().observations,
        {.discount = x.options.discount, .temperature = learner.backed_up_temperature(), .seed = x.options.seed}));
  const Index episodes = last ? schedule.last_episodes : schedule.episodes;
  point.episode_return = estimate_mean(episode_returns(policy, x.environment, episodes, x.options.seed + 4));
  point.score = normalized_score(x.environment.references(), point.episode_return.mean);
  return point;
}

/// Returns whether the diagnostics are finite; a policy that is not finite cannot be rolled out.
bool finite(const Diagnostics& diagnostics) {
  return std::isfinite(diagnostics.q_policy_max) && std::isfinite(diagnostics.q_data_max) &&
         std::isfinite(diagnostics.action_distance);
}

/// Calls visit(number) for each number of a measurement, always in the same order.
template <class SomePoint, class Visit>
void each_number(SomePoint& point, Visit&& visit) {
  auto& d = point.diagnostics;
  for (auto* number :
       {&d.q_data_mean, &d.q_data_max, &d.q_policy_mean, &d.q_policy_max, &d.bellman_error, &d.action_distance,
        &d.action_error, &d.entropy, &d.temperature, &d.predicted.policy_value, &d.predicted.implied_value,
        &d.predicted.entropy_bonus, &d.predicted.reward, &point.true_q.mean, &point.true_q.standard_error,
        &point.episode_return.mean, &point.episode_return.standard_error, &point.score})
    visit(*number);
  visit(point.step);
  visit(d.predicted.lowered);
}

/// Returns how many numbers a measurement has.
std::size_t numbers_of_a_point() {
  std::size_t count = 0;
  const Point point;
  each_number(point, [&](auto) { ++count; });
  return count;
}

}  // namespace

bool Schedule::measured(const TrainingStep& now) const {
  const Index interval = std::max<Index>(now.steps / measurements, 1);
  const Index early = std::max<Index>(interval / 5, 1);
  return now.step == now.steps || now.step % (now.step < 2 * interval ? early : interval) == 0;
}

Settings experiment_settings(const ExperimentOptions& options, std::string_view algorithm) {
  Settings settings = hidden_settings(algorithm, options.hidden, true);
  const Settings defaults = holdfast::default_settings(algorithm);
  for (const auto& [name, value] : defaults)
    if (name == "discount") settings.emplace_back(name, format_field(options.discount));
  const Settings rates = rate_settings(defaults, options.learning_rate);
  settings.insert(settings.end(), rates.begin(), rates.end());
  return settings;
}

SavedState Run::saved_state() const {
  const std::vector<Index> progress = {stopped.value_or(-1)};
  std::vector<double> numbers;
  for (const Point& point : curve)
    each_number(point, [&](auto number) { numbers.push_back(static_cast<double>(number)); });
  return {state_entry("curve", numbers), state_entry("stopped", progress)};
}

void Run::restore_state(const SavedState& saved) {
  const auto progress = numbers_of<Index>(entry_named(saved, "stopped"));
  const auto numbers = numbers_of<double>(entry_named(saved, "curve"));
  if (progress.size() != 1 || numbers.size() % numbers_of_a_point() != 0)
    throw DataError("saved state: expected whole measurements of a run, found a part of one");
  stopped = progress.front() < 0 ? std::nullopt : std::optional(progress.front());
  curve.resize(numbers.size() / numbers_of_a_point());
  std::size_t read = 0;
  for (Point& point : curve)
    each_number(
        point, [&](auto& number) { number = static_cast<std::remove_reference_t<decltype(number)>>(numbers[read++]); });
}

namespace {

/// A training that is measured, and saved so that it can go on.
class Measured {
 public:
  Measured(const Experiment& x, const Plan& plan, AnyLearner<float> learner, const Schedule& schedule)
      : x_(x),
        plan_(plan),
        schedule_(schedule),
        learner_(std::move(learner)),
        training_({.steps = plan.steps, .batch_size = x.options.batch_size, .seed = plan.seed}),
        detector_(attainable_values(x.environment.reward_range(), x.options.discount)),
        run_{.algorithm = plan.name, .seed = plan.seed, .has_critics = learner_.has_critics()} {}

  Run run() {
    if (x_.options.resume && std::filesystem::exists(plan_.file(x_))) resume();
    if (const Index before = training_.step(); !run_.stopped) {
      train();
      if (training_.step() > before || run_.stopped) save();
    }
    if (!interrupted) x_.progress.advance(plan_.steps - reported_);
    run_.warning = detector_.warning_step();
    run_.explosion = detector_.explosion_step();
    if (run_.has_critics && !run_.explosion) run_.explosion = run_.stopped;
    return std::move(run_);
  }

 private:
  void train() {
    Index reached = training_.step();
    try {
      training_.run(learner_, x_.dataset, [&](const TrainingStep& now, const AnyLearner<float>& seen) {
        reached = now.step;
        if (schedule_.measured(now) && !observe(now, seen)) return false;
        if (checkpoints_.due(now.step)) checkpoints_.write([&] { save(); });
        return !interrupted;
      });
    } catch (const NonFiniteError&) {
      run_.stopped = reached + 1;
    }
  }

  /// Measures the learner. Returns false if it has diverged to infinity.
  bool observe(const TrainingStep& now, const AnyLearner<float>& seen) {
    const Diagnostics diagnostics = seen.measure(x_.probe);
    if (!finite(diagnostics)) {
      run_.stopped = now.step;
      return false;
    }
    run_.curve.push_back(measure(x_, seen, now, diagnostics, schedule_));
    if (run_.has_critics) detector_.observe(now.step, diagnostics.predicted);
    x_.progress.advance(now.step - reported_);
    reported_ = now.step;
    return true;
  }

  [[nodiscard]] std::map<std::string, std::string> record() const {
    const ExperimentOptions& options = x_.options;
    std::map<std::string, std::string> record = {
        {"run", plan_.name},
        {"environment", std::string(x_.environment.name())},
        {"seed", std::to_string(plan_.seed)},
        {"steps", std::to_string(plan_.steps)},
        {"beginning", plan_.beginning},
        {"batch_size", std::to_string(options.batch_size)},
        {"discount", format_number(options.discount)},
        {"measurements", std::to_string(schedule_.measurements)},
        {"episodes", message(schedule_.episodes, ", ", schedule_.last_episodes, " at the end")},
        {"true_values", schedule_.true_values ? "always" : "at the end"},
        {"first_seed", std::to_string(options.seed)},
        {"data", hash_text(x_.data)},
        {"build", build()}};
    for (const auto& [name, value] : learner_.settings()) record.emplace("set " + name, value);
    return record;
  }

  template <class Visit>
  void each_part(Visit&& visit) {
    visit("learner", learner_);
    visit("training", training_);
    visit("explosion", detector_);
    visit("run", run_);
  }

  void save() {
    make_folder(x_.folder);
    save_run(plan_.file(x_).string(), record(), [this](auto&& visit) { each_part(visit); });
  }

  void resume() {
    resume_run(plan_.file(x_).string(), record(), [this](auto&& visit) { each_part(visit); });
    if (!run_.curve.empty()) x_.progress.skip(reported_ = run_.last().step);
  }

  const Experiment& x_;
  const Plan& plan_;
  const Schedule& schedule_;
  AnyLearner<float> learner_;
  OfflineTraining training_;
  ExplosionDetector detector_;
  Run run_;
  CheckpointInterval checkpoints_{"60s"};
  Index reported_ = 0;
};

}  // namespace

Run train(const Experiment& x, const Plan& plan, AnyLearner<float> learner, const Schedule& schedule) {
  return Measured(x, plan, std::move(learner), schedule).run();
}

}  // namespace program
