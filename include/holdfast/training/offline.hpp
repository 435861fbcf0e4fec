/// \file
/// OfflineTraining and train_offline: the offline training loop, which learns from batches of a fixed dataset.
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

/// An offline training that can be saved at any step and continued later, by another process too, to the same bits.
///
///     OfflineTraining training({.steps = 10000, .seed = 1});
///     training.run(learner, dataset, [&](const TrainingStep& now, const Learner& seen) { … });
///
/// save_state and restore_state (core/state.hpp) hold how far it is; save the learner with it. A callback may do so.
class OfflineTraining {
 public:
  /// Throws ConfigError if the number of steps is negative.
  explicit OfflineTraining(const OfflineOptions& options) : options_(options), sampler_(options.seed) {
    require(options.steps >= 0, "steps", "at least 0", options.steps);
  }

  /// Returns the number of updates done.
  [[nodiscard]] Index step() const { return step_; }

  /// Updates `learner` until all steps are done or a callback returns false, and returns the number of updates done.
  /// The callbacks see step 0, before the first update, and every step after it. A training that was restored goes on
  /// after its step, which they do not see again.
  ///
  /// Throws DataError if the dataset is empty, ConfigError if the batch size is not positive, and what the learner
  /// throws when it diverges. Throws DataError if a negative step was restored.
  template <class Learner, class Data, class... Callbacks>
  Index run(Learner& learner, const Data& dataset, Callbacks&&... callbacks) {
    static_assert(detail::fits<Learner, Data>());
    if (step_ < 0) throw DataError(message("saved state: expected at least 0 training steps, found ", step_));
    typename Learner::BatchType batch;
    const Learner& seen = learner;
    const auto notified = [&] { return notify_all(TrainingStep{step_, options_.steps}, seen, callbacks...); };
    bool go_on = step_ > 0 || notified();
    while (go_on && step_ < options_.steps) {
      sampler_.sample(dataset, options_.batch_size, learner.discount(), batch);
      learner.update(batch);
      ++step_;
      go_on = notified();
    }
    return step_;
  }

  static void state(auto& self, auto&& visit) {
    visit("step", self.step_);
    visit("sampler", self.sampler_);
  }

 private:
  OfflineOptions options_;
  Index step_ = 0;
  UniformSampler sampler_;
};

/// Updates `learner` with uniform batches of `dataset`: an OfflineTraining from beginning to end. Returns the number of
/// updates done. Throws like OfflineTraining and its `run`.
template <class Learner, class Data, class... Callbacks>
Index train_offline(Learner& learner, const Data& dataset, const OfflineOptions& options, Callbacks&&... callbacks) {
  return OfflineTraining(options).run(learner, dataset, callbacks...);
}

}  // namespace holdfast
