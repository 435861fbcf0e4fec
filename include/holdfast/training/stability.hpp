/// \file
/// StabilityMonitor: compares losses, weights and gradients with their own history during training.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/training/callbacks.hpp"

namespace holdfast {

/// A quantity that grew far more than in a stable run.
struct Instability {
  Index step = 0;        ///< update at which it was seen; for a gradient, the update that had it, if known
  std::string quantity;  ///< a loss as the learner reports it, or "weights of …", "gradient of …" with a network's name
  double size = 0;       ///< absolute value; for weights and gradients the Euclidean norm
  double before = 0;  ///< size that it is compared with
  std::string remedy;
};

/// Returns one line about an instability: when, what, how far, and a remedy.
[[nodiscard]] inline std::string text_of(const Instability& found) {
  char sizes[96];
  std::snprintf(sizes, sizeof sizes, "%.3g, %.2g times what it had been", found.size, found.size / found.before);
  return message("at update ", found.step, " the ", found.quantity, " rose to ", sizes, ": ", found.remedy);
}

/// Returns one line about a run with instabilities: the first in full, and the names of the others.
[[nodiscard]] inline std::string text_of(const std::vector<Instability>& found) {
  std::string text = text_of(found.front());
  for (std::size_t i = 1; i < found.size(); ++i) text += (i == 1 ? "; then also " : ", ") + found[i].quantity;
  return text;
}

/// Watches a run for divergence that stays finite. It observes the first updates (1, 2, 4, 8, …), every `interval`-th,
/// and the last. It reports a quantity once, if it
/// - rose between two observations above 10⁴ times its largest size so far (for a gradient, above 10³ times);
/// - rose above 10⁶ times its largest size in the first 100 updates (an explosion by small steps);
/// - is the norm of a network's weights and rose above 100 times its size before the first update.
///
/// Losses are the learner's statistics whose names end in "loss", and "penalty". They must be too high at two
/// observations in a row: a batch with a rare, large reward raises a loss only briefly, but divergence persists. The
/// optimizer remembers the largest gradient between two observations, so that none is missed. The weights of a network
/// that begins at 0, as a table may, are not compared.
///
/// The limits are far from the values of stable runs. On the mass chain, the pendulum and the cart pole (up to 4,000
/// updates, learning rates of 3·10⁻⁴ and 10⁻³), the largest growth for any algorithm was
///
///                                               losses   gradients   weights
///     between two observations                       4          21
///     since the first updates                       20          32         3
///     the same with rewards times 1,000         13,000         460         7
///
/// (Critics need a long time to grow to large rewards.) In contrast, a learning rate of 1,000 for the policy multiplies
/// its weights by 8,000 in the first update. The ExplosionDetector judges whether predicted values are attainable.
class StabilityMonitor {
 public:
  explicit StabilityMonitor(Index interval = 100) : interval_(interval) {
    require(interval >= 1, "interval", "at least 1", interval);
  }

  /// Observes the learner, as a callback of a training loop.
  template <class Learner>
  void operator()(const TrainingStep& now, const Learner& learner) {
    if (now.step == now.steps || is_scheduled(now.step)) observe(now.step, learner);
  }

  /// Returns whether it observes this step even if it is not the last.
  [[nodiscard]] bool is_scheduled(Index step) const {
    return step % interval_ == 0 || std::has_single_bit(static_cast<std::uint64_t>(step));
  }

  /// Observes `learner` after `step` updates.
  template <class Learner>
  void observe(Index step, const Learner& learner) {
    learner.report([&](std::string_view name, double value) {
      if (step > 0 && (name.ends_with("loss") || name == "penalty"))
        compare(step, step, loss, std::string(name), value);
    });
    if constexpr (requires { learner.networks([](const auto&, const auto&) {}); })
      learner.networks([&](const auto& parameters, const auto& optimizer) {
        compare(step, step, weights, "weights of " + optimizer.name(), parameters.template cast<double>().norm());
        const auto& peak = optimizer.largest_gradient();
        // A policy that is not improved in every update has fewer steps. The step of the observation is then reported.
        const bool each_update = optimizer.steps() == static_cast<std::uint64_t>(step);
        compare(step, each_update ? static_cast<Index>(peak.step) : step, gradient, "gradient of " + optimizer.name(),
                peak.norm);
      });
  }

  /// Returns the instabilities found, in the order in which they were found.
  [[nodiscard]] const std::vector<Instability>& found() const { return found_; }

  /// Returns the complete state, from which `restore_state` goes on (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const {
    SavedState saved;
    for (const auto& [quantity, history] : histories_)
      saved.push_back(state_entry("histories." + quantity,
                                  std::array{history.early, history.largest, history.pending,
                                             static_cast<double>(history.looks), history.reported ? 1.0 : 0.0}));
    for (std::size_t i = 0; i < found_.size(); ++i)
      saved.push_back(state_entry(message("found.", i, ".", found_[i].quantity),
                                  std::array{static_cast<double>(found_[i].step), found_[i].size, found_[i].before}));
    return saved;
  }

  /// Throws DataError if an entry is not one of a StabilityMonitor, or its numbers are not. The monitor is then
  /// unchanged.
  void restore_state(const SavedState& saved) {
    std::map<std::string, History> histories;
    std::map<std::size_t, Instability> found;
    for (const StateEntry& entry : saved) {
      const std::vector<double> numbers = numbers_of<double>(entry);
      const std::size_t first = entry.path.find('.') + 1;
      const std::size_t second = entry.path.find('.', first) + 1;
      if (entry.path.starts_with("histories.") && numbers.size() == 5) {
        histories[entry.path.substr(first)] = {numbers[0], numbers[1], numbers[2],
                                               static_cast<int>(std::min<Index>(whole(entry, numbers[3]), 2)),
                                               numbers[4] != 0};
      } else if (entry.path.starts_with("found.") && numbers.size() == 3 && second > first) {
        const std::string quantity = entry.path.substr(second);
        found[std::strtoul(entry.path.c_str() + first, nullptr, 10)] = {whole(entry, numbers[0]), quantity, numbers[1],
                                                                        numbers[2], kind_of(quantity).remedy};
      } else {
        throw DataError(message("saved state: \"", entry.path, "\" is of no StabilityMonitor"));
      }
    }
    histories_ = std::move(histories);
    found_.clear();
    for (auto& [i, each] : found) found_.push_back(std::move(each));
  }

 private:
  struct Kind {
    double jump;
    double growth;
    Index settling;  // the updates whose largest size `growth` is relative to
    int looks;       // number of observations in a row at which it must be seen
    const char* remedy;
  };
  static constexpr Kind loss{1e4, 1e6, 100, 2, "lower the learning rates"};
  static constexpr Kind weights{100, 100, 0, 1, "lower its learning rate"};
  static constexpr Kind gradient{1e3, 1e6, 100, 1,
                                 "its optimizer hardly moves for thousands of updates after it; look for outliers "
                                 "among the data's rewards, or lower the learning rates"};

  static Index whole(const StateEntry& entry, double number) {
    constexpr double most = 1e15;
    if (!(number >= 0 && number <= most && number == std::trunc(number)))
      throw DataError(message("saved state: \"", entry.path, "\": expected a whole number, found ", number));
    return static_cast<Index>(number);
  }

  static const Kind& kind_of(std::string_view quantity) {
    return quantity.starts_with("weights of ") ? weights : quantity.starts_with("gradient of ") ? gradient : loss;
  }

  struct History {
    double early = 0;
    double largest = 0;
    double pending = 0;  // largest size in the row of observations that are too high, if not yet reported
    int looks = 0;       // number of observations in that row
    bool reported = false;
  };

  void compare(Index now, Index at, const Kind& kind, const std::string& quantity, double value) {
    History& history = histories_[quantity];
    const double size = std::abs(value);
    double before = 0;
    if (size > kind.jump * history.largest)
      before = history.largest;
    else if (now > kind.settling && size > kind.growth * history.early)
      before = history.early;
    if (before > 0 && !history.reported) {
      history.pending = std::max(history.pending, size);
      if (++history.looks < kind.looks) return;
      found_.push_back({at, quantity, size, before, kind.remedy});
      history.reported = true;
    }
    history.largest = std::max({history.largest, history.pending, size});
    history.pending = 0;
    history.looks = 0;
    if (now <= kind.settling) history.early = history.largest;
  }

  Index interval_;
  std::map<std::string, History> histories_;
  std::vector<Instability> found_;
};

}  // namespace holdfast
