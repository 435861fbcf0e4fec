/// \file
/// Trains the learner of a run.
#pragma once

#include <cstdint>

#include "holdfast/core/errors.hpp"
#include "holdfast/data/best_trajectories.hpp"
#include "holdfast/training/offline.hpp"
#include "studies/stitching/learners.hpp"
#include "studies/stitching/results.hpp"
#include "support/program.hpp"

namespace stitching {

/// Trains a learner for the updates of its run, on the best share of the trajectories. Returns whether it can be
/// evaluated. If it diverges to infinity, `result` says when; if interrupted, nothing is said.
template <class Learner, class Data>
bool train(Learner& learner, const Data& data, const Setting& setting, Result& result) {
  Index reached = 0;
  OfflineTraining training(
      {.steps = result.updates, .batch_size = 64, .seed = static_cast<std::uint64_t>(result.seed)});
  try {
    training.run(learner, setting.share < 1 ? best_trajectories(data, setting.share) : data,
                 [&](const TrainingStep& now, const Learner&) {
                   reached = now.step;
                   return !program::interrupted;
                 });
  } catch (const NonFiniteError&) {
    result.stopped = reached + 1;
    return false;
  }
  return !program::interrupted;
}

}  // namespace stitching
