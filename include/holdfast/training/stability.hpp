/// \file
/// Watches whether training stays stable: losses, weights and gradients against their own history.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/training/callbacks.hpp"

namespace holdfast {

/// A quantity that grew as none does in a run that learns.
struct Instability {
  Index step = 0;        ///< the update at which it was seen; of a gradient, where known, the one that had it
  std::string quantity;  ///< a loss as the learner reports it, or "weights of …", "gradient of …" with a network's name
  double size = 0;       ///< its absolute value; of weights and gradients the Euclidean norm
  double before = 0;  ///< the size that it is compared with
  std::string remedy;
};

/// One line about it: when, what, how far, and what to do.
[[nodiscard]] inline std::string text_of(const Instability& found) {
  char sizes[96];
  std::snprintf(sizes, sizeof sizes, "%.3g, %.2g times what it had been", found.size, found.size / found.before);
  return message("at update ", found.step, " the ", found.quantity, " rose to ", sizes, ": ", found.remedy);
}

/// One line about a run in which some were found: the first in full, and the names of the others.
[[nodiscard]] inline std::string text_of(const std::vector<Instability>& found) {
  std::string text = text_of(found.front());
  for (std::size_t i = 1; i < found.size(); ++i) text += (i == 1 ? "; then also " : ", ") + found[i].quantity;
  return text;
}

/// Watches a run for divergence that stays finite. It looks at the first updates (1, 2, 4, 8, …), at every
/// `interval`-th, and at the last, and reports once each quantity that
/// - rose between two looks above 10⁴ times the largest size it had had, a gradient above 10³ times;
/// - rose above 10⁶ times the largest size of the first 100 updates (an explosion by small steps);
/// - of the weights of a network, above 100 times their norm before the first update.
///
/// Its losses are the learner's figures whose names end in "loss", and "penalty". They must lie so high at two looks in
/// a row: that of a batch with a rare, large reward is a blip, while divergence stays. The largest gradient between two
/// looks is remembered by the optimizer, so that none is missed. A network that begins at 0, as a table may, has no
/// weights to compare with.
///
/// The limits are far from what sound runs show. On the mass chain, the pendulum and the cart pole (up to 4,000
/// updates, learning rates of 3·10⁻⁴ and 10⁻³) no algorithm's losses rose more than 4 times between two looks, its
/// gradients 21 times, and from the first updates on losses 20 times, gradients 32, weights 3; with rewards a thousand
/// times larger, which critics need long to grow to, losses 13,000 times, gradients 460, weights 7. A policy's learning
/// rate of 1,000 multiplies its weights by 8,000 in the first update. Whether what critics promise can be attained is
/// for the DivergenceDetector to judge.
class StabilityMonitor {
 public:
  explicit StabilityMonitor(Index interval = 100) : interval_(interval) {
    require(interval >= 1, "interval", "at least 1", interval);
  }

  /// A callback of a training loop.
  template <class Learner>
  void operator()(const TrainingStep& now, const Learner& learner) {
    if (now.step == now.steps || now.step % interval_ == 0 || std::has_single_bit(static_cast<std::uint64_t>(now.step)))
      observe(now.step, learner);
  }

  /// Looks at `learner` after `step` updates.
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
        // A policy that has its turn in some updates only has fewer steps: then the look is when it was seen.
        const bool each_update = optimizer.steps() == static_cast<std::uint64_t>(step);
        compare(step, each_update ? static_cast<Index>(peak.step) : step, gradient, "gradient of " + optimizer.name(),
                peak.norm);
      });
  }

  /// The instabilities that were found, in the order in which they were.
  [[nodiscard]] const std::vector<Instability>& found() const { return found_; }

 private:
  struct Kind {
    double jump;
    double growth;
    Index settling;  // the updates whose largest size `growth` is counted from
    int looks;       // in a row, at which it must be seen
    const char* remedy;
  };
  static constexpr Kind loss{1e4, 1e6, 100, 2, "lower the learning rates"};
  static constexpr Kind weights{100, 100, 0, 1, "lower its learning rate"};
  static constexpr Kind gradient{1e3, 1e6, 100, 1,
                                 "its optimizer hardly moves for thousands of updates after it; look for outliers "
                                 "among the data's rewards, or lower the learning rates"};

  struct History {
    double early = 0;
    double largest = 0;
    double pending = 0;  // the largest of the looks at which it lies too high, and has not yet so often
    int looks = 0;       // how many these are
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
