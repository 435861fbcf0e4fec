/// \file
/// ConstraintMonitor: checks whether a learner's constraints hold at the end of its training.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "holdfast/bellman/constraint.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/training/callbacks.hpp"

namespace holdfast {

/// A callback of a training loop that averages each constraint of the learner over the last tenth of the updates.
class ConstraintMonitor {
 public:
  template <class Learner>
  void operator()(const TrainingStep& now, const Learner& learner) {
    if (now.step == 0 || now.step < now.steps - now.steps / 10) return;
    if constexpr (requires { learner.constraints([](const Constraint&) {}); }) {
      std::size_t i = 0;
      learner.constraints([&](const Constraint& constraint) {
        if (i == seen_.size()) seen_.push_back({});
        Seen& seen = seen_[i++];
        seen.last = constraint;
        seen.total += constraint.value;
        ++seen.updates;
      });
    }
  }

  /// Returns one line for each constraint that did not hold: its quantity, average and bound, and a remedy.
  [[nodiscard]] std::vector<std::string> violated() const {
    std::vector<std::string> lines;
    for (const Seen& seen : seen_) {
      const Constraint& last = seen.last;
      const double average = seen.total / static_cast<double>(seen.updates);
      if (last.violation(average) == 0) continue;
      char numbers[96];
      std::snprintf(numbers, sizeof numbers, "%.3g on average, %s %.3g", average, last.at_most ? "above" : "below",
                    last.bound);
      char multiplier[32];
      std::snprintf(multiplier, sizeof multiplier, "%.3g", last.multiplier);
      lines.push_back(message("over the last updates the ", last.quantity, " was ", numbers, " (", last.field,
                              "), with a multiplier of ", multiplier, ": ", last.remedy));
    }
    return lines;
  }

 private:
  struct Seen {
    Constraint last;
    double total = 0;
    Index updates = 0;
  };
  std::vector<Seen> seen_;
};

}  // namespace holdfast
