#include "studies/support/experiment.hpp"

#include <algorithm>
#include <cmath>

#include "holdfast/training/offline.hpp"
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

}  // namespace

bool Schedule::measured(const TrainingStep& now) const {
  const Index interval = std::max<Index>(now.steps / measurements, 1);
  const Index early = std::max<Index>(interval / 5, 1);
  return now.step == now.steps || now.step % (now.step < 2 * interval ? early : interval) == 0;
}

Settings experiment_settings(const ExperimentOptions& options, std::string_view algorithm, bool learning_rates) {
  Settings settings = hidden_settings(algorithm, options.hidden, true);
  for (auto& [name, value] : holdfast::default_settings(algorithm)) {
    const bool multiplier = name.find("multiplier") != std::string::npos;
    if (name == "discount") settings.emplace_back(name, format_field(options.discount));
    if (learning_rates && !multiplier && name.ends_with("learning_rate"))
      settings.emplace_back(name, format_field(options.learning_rate));
  }
  return settings;
}

Run train(const Experiment& x, const std::string& algorithm, std::uint64_t seed, Index steps, AnyLearner<float> learner,
          const Schedule& schedule) {
  Run run{.algorithm = algorithm, .seed = seed, .has_critics = learner.has_critics()};
  ExplosionDetector detector(attainable_values(x.environment.reward_range(), x.options.discount));
  Index reported = 0;
  Index reached = 0;
  try {
    train_offline(learner, x.dataset, {.steps = steps, .batch_size = x.options.batch_size, .seed = seed},
                  [&](const TrainingStep& now, const AnyLearner<float>& seen) {
                    reached = now.step;
                    if (!schedule.measured(now)) return true;
                    const Diagnostics diagnostics = seen.measure(x.probe);
                    if (!finite(diagnostics)) {
                      run.stopped = now.step;
                      return false;
                    }
                    run.curve.push_back(measure(x, seen, now, diagnostics, schedule));
                    if (run.has_critics) detector.observe(now.step, diagnostics.predicted);
                    x.progress.advance(now.step - reported);
                    reported = now.step;
                    return !interrupted;
                  });
  } catch (const NonFiniteError&) {
    run.stopped = reached + 1;
  }
  if (!interrupted) x.progress.advance(steps - reported);
  run.warning = detector.warning_step();
  run.explosion = detector.explosion_step();
  if (run.has_critics && !run.explosion) run.explosion = run.stopped;
  return run;
}

}  // namespace program
