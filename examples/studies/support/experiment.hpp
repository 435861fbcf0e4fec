/// \file
/// One offline training run with its measurements.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/core/state.hpp"
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

  /// Returns the measurements, as the state of a training. The steps of the detector's flags are not among them.
  [[nodiscard]] SavedState saved_state() const;
  /// Throws DataError if the state is of something else.
  void restore_state(const SavedState& saved);
};

/// The parts that the runs on one dataset share; only the progress changes.
struct Experiment {
  const ExperimentOptions& options;
  const AnyEnvironment<>& environment;
  const Transitions<>& dataset;
  const Probe<float>& probe;
  std::uint64_t data;                   ///< the dataset's hash
  const std::filesystem::path& folder;  ///< has the runs' checkpoints
  ProgressBar& progress;
};

/// A run to do.
struct Plan {
  std::string name;  ///< names the algorithm in the results
  std::uint64_t seed = 0;
  Index steps = 0;
  std::string beginning{};  ///< tells what the learner has learned before

  /// Returns the checkpoint of the run. With the option `resume`, the run goes on from there.
  [[nodiscard]] std::filesystem::path file(const Experiment& x) const {
    return x.folder / holdfast::message(name, '-', seed, ".h5");
  }
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
/// them: the widths of all hidden layers, and the rates of all optimizers of networks and temperatures.
[[nodiscard]] Settings experiment_settings(const ExperimentOptions& options, std::string_view algorithm);

/// Trains `learner` as planned and measures it during training. If it diverges to infinity, or is interrupted, the run
/// ends with the measurements so far. Writes a checkpoint every minute and at the end. With the option `resume`, goes
/// on from the checkpoint if there is one; then throws DataError if that is of another run.
[[nodiscard]] Run train(const Experiment& x, const Plan& plan, AnyLearner<float> learner, const Schedule& schedule);

}  // namespace program
