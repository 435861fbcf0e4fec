/// \file
/// ConstraintMonitor: checks whether a learner's constraints hold at the end of its training.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "holdfast/bellman/constraint.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/training/callbacks.hpp"

namespace holdfast {

/// A callback of a training loop that averages each constraint of the learner over the last tenth of the updates.
class ConstraintMonitor {
 public:
  template <class Learner>
  void operator()(const TrainingStep& now, const Learner& learner) {
    if (now.step == 0 || now.step < now.steps - now.steps / 10) return seen_.clear();
    if constexpr (requires { learner.constraints([](const Constraint&) {}); }) {
      std::size_t i = 0;
      learner.constraints([&](const Constraint& constraint) {
        if (i == seen_.size()) seen_.push_back({});
        Seen& seen = seen_[i++];
        seen.last = constraint;
        seen.known = true;
        seen.total += constraint.value;
        seen.updates += 1;
      });
    }
  }

  /// Returns the complete state, from which `restore_state` goes on (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const {
    Matrix<double> sums(2, static_cast<Index>(seen_.size()));
    for (std::size_t i = 0; i < seen_.size(); ++i) sums.col(static_cast<Index>(i)) << seen_[i].total, seen_[i].updates;
    return {state_entry("sums", sums)};
  }

  /// The constraints themselves are seen again after the next update, before which `violated` returns nothing. Throws
  /// DataError if the state is of something else.
  void restore_state(const SavedState& saved) {
    if (saved.size() != 1 || saved[0].path != "sums" || saved[0].rows != 2)
      throw DataError("saved state: expected \"sums\" of a ConstraintMonitor alone");
    const std::vector<double> sums = numbers_of<double>(saved[0]);
    seen_.clear();
    for (std::size_t i = 0; i < sums.size(); i += 2) seen_.push_back({{}, false, sums[i], sums[i + 1]});
  }

  /// Returns one line for each constraint that did not hold: its quantity, average and bound, and a remedy.
  [[nodiscard]] std::vector<std::string> violated() const {
    std::vector<std::string> lines;
    for (const Seen& seen : seen_) {
      const Constraint& last = seen.last;
      const double average = seen.total / seen.updates;
      if (!seen.known || last.violation(average) == 0) continue;
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
    bool known = false;  ///< false after a restoration, until the next update
    double total = 0;
    double updates = 0;
  };
  std::vector<Seen> seen_;
};

}  // namespace holdfast
