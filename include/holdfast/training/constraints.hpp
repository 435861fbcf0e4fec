/// \file
/// ConstraintMonitor: checks whether a learner's constraints hold at the end of its training.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
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
    const Index first = now.steps - now.steps / 10;  // of the last tenth, which moves if there are more steps
    if (std::exchange(first_, first) != first) seen_.clear();
    if (now.step == 0 || now.step < first) return;
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
    return {state_entry("first", first_), state_entry("sums", sums)};
  }

  /// The constraints themselves are seen again after the next update, before which `violated` returns nothing. Throws
  /// DataError if the state is of something else.
  void restore_state(const SavedState& saved) {
    Restored restored;
    const auto entry = std::ranges::find(saved, "sums", &StateEntry::path);
    if (entry != saved.end() && entry->rows == 2) restored.sums.resize(2, std::clamp<Index>(entry->cols, 0, most));
    holdfast::restore_state(restored, saved);
    first_ = restored.first;
    seen_.clear();
    for (const auto& sums : restored.sums.colwise()) seen_.push_back({{}, false, sums(0), sums(1)});
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
  static constexpr Index most = 100;  // constraints

  struct Restored {
    Index first = 0;
    Matrix<double> sums = Matrix<double>(2, 0);
    static void state(auto& self, auto&& visit) {
      visit("first", self.first);
      visit("sums", self.sums);
    }
  };

  struct Seen {
    Constraint last;
    bool known = false;  ///< false after a restoration, until the next update
    double total = 0;
    double updates = 0;
  };
  Index first_ = 0;
  std::vector<Seen> seen_;
};

}  // namespace holdfast
