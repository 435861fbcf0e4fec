/// \file
/// train_offline: the offline training loop, which learns from batches of a fixed dataset.
#pragma once

#include <cstdint>

#include "holdfast/data/concepts.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/learners/concepts.hpp"
#include "holdfast/training/callbacks.hpp"

namespace holdfast {

/// The options of train_offline.
struct OfflineOptions {
  Index steps = 100000;    ///< updates, at least 0
  Index batch_size = 256;  ///< transitions per update
  std::uint64_t seed = 0;  ///< seed of the batch sampling
};

namespace detail {
template <class Learner, class Data>
consteval bool fits() {
  if constexpr (check_learner<Learner>() && check_dataset<Data>())
    static_assert(std::same_as<typename Learner::BatchType, typename Data::BatchType>,
                  "holdfast: the Learner and the Dataset must have the same BatchType (scalar and actions)");
  return true;
}
}  // namespace detail

/// Updates `learner` with uniform batches of `dataset`. The callbacks see step 0, before the first update, and every
/// step after it. A callback that returns false ends the training. Returns the number of updates done.
///
/// Throws DataError if the dataset is empty, ConfigError if an option is out of range, and what the learner throws when
/// it diverges.
template <class Learner, class Data, class... Callbacks>
Index train_offline(Learner& learner, const Data& dataset, const OfflineOptions& options, Callbacks&&... callbacks) {
  static_assert(detail::fits<Learner, Data>());
  require(options.steps >= 0, "steps", "at least 0", options.steps);
  UniformSampler sampler(options.seed);
  typename Learner::BatchType batch;
  const Learner& seen = learner;
  for (Index step = 0;; ++step) {
    if (!notify_all(TrainingStep{step, options.steps}, seen, callbacks...) || step == options.steps) return step;
    sampler.sample(dataset, options.batch_size, learner.discount(), batch);
    learner.update(batch);
  }
}

}  // namespace holdfast
