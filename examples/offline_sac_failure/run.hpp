/// \file
/// One offline training run, measured as it goes.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/learners/bc.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "offline_sac_failure/make_data.hpp"

namespace failure {

/// One measurement of a run.
struct Point {
  Index step = 0;
  Diagnostics diagnostics;
  Estimate true_q;  ///< value of the policy from the probe's states, with the entropy that the critics back up
  Estimate episode_return;
  double score = 0;
};

/// The events of a run, each the first step of which it holds (see find_events), where it happened.
struct Events {
  std::optional<Index> warning;     ///< the critics were seen to be heading out of what is attainable
  std::optional<Index> divergence;  ///< Q left [r_min/(1−γ), r_max/(1−γ)]
  std::optional<Index> departure;   ///< the actions left the data, for good
  std::optional<Index> collapse;    ///< the return fell, for good
};

struct Run {
  std::string algorithm;
  std::uint64_t seed = 0;
  bool has_critics = false;
  std::vector<Point> curve{};
  Events events{};

  [[nodiscard]] const Point& last() const { return curve.back(); }
};

/// What all runs share, read only.
struct Experiment {
  const Options& options;
  const AnyEnvironment& environment;
  const Transitions<>& dataset;
  const Probe<float>& probe;
  ProgressBar& progress;
};

/// The steps at which a run is measured: sixty times, and more often in the first thirtieth, where the policy leaves
/// the data.
inline bool measured(const TrainingStep& now) {
  const Index interval = std::max<Index>(now.steps / 60, 1);
  const Index early = std::max<Index>(interval / 5, 1);
  return now.step == now.steps || now.step % (now.step < 2 * interval ? early : interval) == 0;
}

template <class Learner>
Point measure(const Experiment& x, const Learner& learner, Index step, const Diagnostics& diagnostics) {
  auto policy = deployed(learner.policy(), x.environment);
  Point point;
  point.step = step;
  point.diagnostics = diagnostics;
  point.true_q = estimate_mean(true_values(
      policy, x.environment, x.probe.batch().observations,
      {.discount = x.options.discount,
       .temperature = Learner::ValueRuleType::needs_temperature ? static_cast<double>(learner.temperature()) : 0.0,
       .seed = x.options.seed}));
  point.episode_return = estimate_mean(episode_returns(policy, x.environment, x.options.episodes, x.options.seed + 4));
  point.score = normalized_score(x.environment.references(), point.episode_return.mean);
  return point;
}

/// Whether a measurement can be worked with; the rollouts of a policy that is not finite cannot.
inline bool finite(const Diagnostics& diagnostics) {
  return std::isfinite(diagnostics.q_policy_max) && std::isfinite(diagnostics.q_data_max) &&
         std::isfinite(diagnostics.action_distance);
}

/// Trains `learner` offline and measures it as it goes. Divergence to infinity ends the run with what was measured.
template <class Learner>
Run train(const Experiment& x, const std::string& algorithm, std::uint64_t seed, Index steps, Learner& learner) {
  Run run{.algorithm = algorithm, .seed = seed, .has_critics = learner.critics().size() > 0};
  DivergenceDetector detector(attainable_values(x.environment.reward_range(), x.options.discount));
  Index reported = 0;
  try {
    train_offline(learner, x.dataset, {.steps = steps, .batch_size = x.options.batch_size, .seed = seed},
                  [&](const TrainingStep& now, const Learner& seen) {
                    if (!measured(now)) return true;
                    const Diagnostics diagnostics = x.probe.measure(seen);
                    if (!finite(diagnostics)) return false;
                    run.curve.push_back(measure(x, seen, now.step, diagnostics));
                    if (run.has_critics) detector.observe(now.step, diagnostics.predicted);
                    x.progress.advance(now.step - reported);
                    reported = now.step;
                    return !program::interrupted;
                  });
  } catch (const DivergenceError&) {  // the curve says enough
  }
  if (!program::interrupted) x.progress.advance(steps - reported);
  run.events.warning = detector.warning_step();
  run.events.divergence = detector.divergence_step();
  return run;
}

/// Trains one algorithm of this program with one seed.
inline Run train(const Experiment& x, const std::string& algorithm, std::uint64_t seed) {
  const Sizes sizes = sizes_of(x.environment);
  const Sac<>::Config config = sac_config(x.options);
  const auto clone = [&] {
    return Bc<>({.policy_optimizer = config.policy_optimizer, .policy = config.policy}, sizes, seed);
  };
  if (algorithm == "bc") {
    auto learner = clone();
    return train(x, algorithm, seed, x.options.bc_steps, learner);
  }
  if (algorithm == "sac_no_entropy") {
    SacNoEntropyBackup<> learner({.discount = config.discount,
                                  .policy_optimizer = config.policy_optimizer,
                                  .policy = config.policy,
                                  .critics = config.critics,
                                  .improvement = config.improvement},
                                 sizes, seed);
    return train(x, algorithm, seed, x.options.steps, learner);
  }
  Sac<> learner(config, sizes, seed);
  if (algorithm == "sac_warm_start") {
    auto teacher = clone();
    train_offline(teacher, x.dataset, {.steps = x.options.bc_steps, .batch_size = x.options.batch_size, .seed = seed});
    learner.policy() = teacher.policy();
  }
  return train(x, algorithm, seed, x.options.steps, learner);
}

}  // namespace failure
