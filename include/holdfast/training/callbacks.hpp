/// \file
/// The callbacks of a training loop.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The progress of a training loop.
struct TrainingStep {
  Index step = 0;   ///< updates (offline) or environment steps (online) done so far; 0 before the first
  Index steps = 0;  ///< number of steps asked for
};

/// Calls a callback of a training loop: anything that takes (const TrainingStep&, const Learner&). Returns false if the
/// callback returns false, which ends the training.
template <class Callback, class Learner>
bool notify(Callback& callback, const TrainingStep& now, const Learner& learner) {
  static_assert(std::invocable<Callback&, const TrainingStep&, const Learner&>,
                "holdfast: a training callback must be callable with (const TrainingStep&, const Learner&)");
  if constexpr (std::convertible_to<std::invoke_result_t<Callback&, const TrainingStep&, const Learner&>, bool>) {
    return callback(now, learner);
  } else {
    callback(now, learner);
    return true;
  }
}

/// Calls all callbacks, in their order. Returns false if one of them ends the training.
template <class Learner, class... Callbacks>
bool notify_all(const TrainingStep& now, const Learner& learner, Callbacks&... callbacks) {
  bool go_on = true;
  ((go_on = notify(callbacks, now, learner) && go_on), ...);
  return go_on;
}

/// Returns a callback that calls `callback` at every `interval`-th step, at the first (0) and at the last. Throws
/// ConfigError if the interval is not positive.
template <class Callback>
[[nodiscard]] auto every(Index interval, Callback callback) {
  require(interval > 0, "callback interval", "positive", interval);
  return [interval, callback = std::move(callback)](const TrainingStep& now, const auto& learner) mutable {
    if (now.step % interval != 0 && now.step != now.steps) return true;
    return notify(callback, now, learner);
  };
}

}  // namespace holdfast
