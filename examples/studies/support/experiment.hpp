/// \file
/// One offline training run with its measurements.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/callbacks.hpp"
#include "holdfast/training/explosion.hpp"
#include "holdfast/training/rollout.hpp"
#include "studies/support/make_data.hpp"

namespace program {

/// One measurement of a run.
struct Point {
  Index step = 0;
  Diagnostics diagnostics;
  /// The value of the policy from the probe's states, including the entropy that the critics back up; NaN if not
  /// measured. The price that an improvement puts on the backup's value (BRAC) is not subtracted, because its critics
  /// are meant to be lower.
  Estimate true_q{.mean = std::nan(""), .standard_error = std::nan("")};
  Estimate episode_return;
  double score = 0;
};

/// A run with its measurements, and the steps at which the detector first raised a flag.
struct Run {
  std::string algorithm;
  std::uint64_t seed = 0;
  bool has_critics = false;
  std::vector<Point> curve{};
  std::optional<Index> warning{};    ///< the critics were heading out of the attainable range
  std::optional<Index> explosion{};  ///< Q left [r_min/(1−γ), r_max/(1−γ)]
  std::optional<Index> stopped{};  ///< a number was not finite any more, which ended the run; the curve ends before it

  [[nodiscard]] const Point& last() const { return curve.back(); }
};

/// The parts that the runs on one dataset share; only the progress changes.
struct Experiment {
  const ExperimentOptions& options;
  const AnyEnvironment<>& environment;
  const Transitions<>& dataset;
  const Probe<float>& probe;
  ProgressBar& progress;
};

/// The times at which a run is measured.
struct Schedule {
  Index measurements = 60;  ///< number at equal distances; in the first two of them, five times as often
  Index episodes = 20;      ///< per evaluation, except the last
  Index last_episodes = 20;
  bool true_values = true;  ///< at every measurement; false: only at the last

  [[nodiscard]] bool measured(const TrainingStep& now) const;
};

/// Returns the settings for `make_learner` that set the experiment's networks and discount, as far as the algorithm has
/// them: the widths of all hidden layers and, if `learning_rates`, the rates of all optimizers of networks and
/// temperatures.
[[nodiscard]] Settings experiment_settings(const ExperimentOptions& options, std::string_view algorithm,
                                           bool learning_rates);

/// Trains `learner` for `steps` updates and measures it during training. If it diverges to infinity, or is interrupted,
/// the run ends with the measurements so far.
[[nodiscard]] Run train(const Experiment& x, const std::string& algorithm, std::uint64_t seed, Index steps,
                        AnyLearner<float> learner, const Schedule& schedule);

}  // namespace program
