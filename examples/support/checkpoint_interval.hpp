/// \file
/// Tells when the next checkpoint is due.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace program {

/// The help text of the option --checkpoint-every, after what a step is.
inline constexpr const char* checkpoint_interval_help =
    "between checkpoints, or seconds with an s, such as 60s (0: only at the end, or if interrupted)";

/// Tells when a checkpoint is due: every so many steps, or every so many seconds.
class CheckpointInterval {
 public:
  /// Reads "1000" (steps), "60s" (seconds) or "0" (never). Throws ConfigError that names the option.
  explicit CheckpointInterval(const std::string& text) {
    std::string_view number = text;
    const bool timed = number.ends_with('s');
    if (timed) number.remove_suffix(1);
    holdfast::Index value = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size() || value < 0 || value > most)
      throw holdfast::ConfigError(
          holdfast::message("checkpoint_every must be a whole number of steps, or of seconds such as 60s, from 0 to ",
                            most, ", but is \"", text, '"'));
    (timed ? seconds_ : steps_) = value;
    next_ += std::chrono::seconds(seconds_);
  }

  /// Returns whether one is due after `step` steps.
  [[nodiscard]] bool due(holdfast::Index step) const {
    return steps_ > 0 ? step % steps_ == 0 : seconds_ > 0 && Clock::now() >= next_;
  }

  /// Calls `write()`. The next checkpoint that is timed is due after so many seconds, but writing takes a tenth of the
  /// time at most.
  template <class Write>
  void write(Write&& write) {
    constexpr int share = 10;
    const Clock::time_point begin = Clock::now();
    write();
    const Clock::time_point end = Clock::now();
    next_ = end + std::max<Clock::duration>(std::chrono::seconds(seconds_), share * (end - begin));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr holdfast::Index most = 1000000000;

  holdfast::Index steps_ = 0;
  holdfast::Index seconds_ = 0;
  Clock::time_point next_ = Clock::now();
};

}  // namespace program
