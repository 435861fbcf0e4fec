/// \file
/// One offline training run, measured as it goes.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/callbacks.hpp"
#include "holdfast/training/divergence.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/make_data.hpp"

namespace program {

/// One measurement of a run.
struct Point {
  Index step = 0;
  Diagnostics diagnostics;
  /// The value of the policy from the probe's states, with the entropy that the critics back up; NaN where not
  /// measured. What an improvement charges the backup's value (BRAC) is not taken off: its critics are to lie below.
  Estimate true_q{.mean = std::nan(""), .standard_error = std::nan("")};
  Estimate episode_return;
  double score = 0;
};

/// A run with its measurements, and the first steps at which the detector saw something.
struct Run {
  std::string algorithm;
  std::uint64_t seed = 0;
  bool has_critics = false;
  std::vector<Point> curve{};
  std::optional<Index> warning{};     ///< the critics were seen to be heading out of what is attainable
  std::optional<Index> divergence{};  ///< Q left [r_min/(1−γ), r_max/(1−γ)]
  std::optional<Index> stopped{};     ///< a number was no longer finite, which ended the run; the curve ends before it

  [[nodiscard]] const Point& last() const { return curve.back(); }
};

/// What the runs on one dataset share, read only but for the progress.
struct Experiment {
  const ExperimentOptions& options;
  const AnyEnvironment<>& environment;
  const Transitions<>& dataset;
  const Probe<float>& probe;
  ProgressBar& progress;
};

/// When a run is measured.
struct Schedule {
  Index measurements = 60;  ///< of equal distance, and five times as often in the first thirtieth
  Index episodes = 20;      ///< of each evaluation but the last
  Index last_episodes = 20;
  bool true_values = true;  ///< of every measurement; false: of the last one only

  [[nodiscard]] bool measured(const TrainingStep& now) const;
};

/// The fields of the experiment's networks and discount that the algorithm has, for `make_learner`: the widths of all
/// hidden layers and, where `learning_rates`, the rates of all optimizers of networks and temperatures.
[[nodiscard]] Settings experiment_settings(const ExperimentOptions& options, std::string_view algorithm,
                                           bool learning_rates);

/// Trains `learner` for `steps` updates and measures it as it goes. Divergence to infinity ends the run with what was
/// measured; an interruption too.
[[nodiscard]] Run train(const Experiment& x, const std::string& algorithm, std::uint64_t seed, Index steps,
                        AnyLearner<float> learner, const Schedule& schedule);

}  // namespace program
