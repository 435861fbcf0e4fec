/// \file
/// The part of a training run's state that belongs to the tool.
#pragma once

#include <limits>

#include "holdfast/core/csv.hpp"
#include "holdfast/training/rollout.hpp"

namespace tool {

/// The extent of a run's files, and the best that its policy has reached.
struct RunProgress {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  holdfast::CsvProgress metrics;
  holdfast::Index row_step = -1;     ///< step of the last row; −1 before the first
  holdfast::Index policy_step = -1;  ///< step of the policy in the file
  holdfast::Estimate evaluation{unknown, unknown};
  double best = unknown;  ///< the best return, or minus the lowest validation error where that tells of progress
  holdfast::Index best_step = -1;
  holdfast::Index without_progress = 0;  ///< evaluations or rows since the best one

  /// Compares a value, of which more is better, with the best one. Returns whether it is the best so far.
  bool improves(double value, holdfast::Index step) {
    if (best >= value) {
      ++without_progress;
      return false;
    }
    best = value;
    best_step = step;
    without_progress = 0;
    return true;
  }

  static void state(auto& self, auto&& visit) {
    visit("metrics", self.metrics);
    visit("row_step", self.row_step);
    visit("policy_step", self.policy_step);
    visit("evaluation.mean", self.evaluation.mean);
    visit("evaluation.standard_error", self.evaluation.standard_error);
    visit("best", self.best);
    visit("best_step", self.best_step);
    visit("without_progress", self.without_progress);
  }
};

}  // namespace tool
