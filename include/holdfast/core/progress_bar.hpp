/// \file
/// Shows the progress of a long computation: a bar on a terminal, otherwise an occasional line.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// Shows how much of `total` units of work is done and how long the rest will take. Several threads may advance it at
/// the same time. On a terminal it redraws one line; otherwise it writes a line for every tenth of the work.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, std::string label, Index total, bool terminal)
      : out_(out), label_(std::move(label)), total_(std::max<Index>(total, 1)), terminal_(terminal) {}

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() {
    if (terminal_ && drawn_) out_ << '\n' << std::flush;
  }

  /// Counts `units` of work that were finished before, by another process.
  void skip(Index units) {
    const std::scoped_lock lock(mutex_);
    skipped_ += std::min(units, total_ - done_);
    done_ = std::min(done_ + units, total_);
  }

  /// Adds `units` of finished work.
  void advance(Index units) {
    const std::scoped_lock lock(mutex_);
    done_ = std::min(done_ + units, total_);
    draw();
  }

  /// Changes the text shown after the bar.
  void note(std::string text) {
    const std::scoped_lock lock(mutex_);
    note_ = std::move(text);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void draw() {
    const auto now = Clock::now();
    const Index tenth = 10 * done_ / total_;
    const bool finished = done_ == total_;
    if (terminal_ ? (!finished && drawn_ && now - last_ < std::chrono::milliseconds(100)) : tenth == last_tenth_)
      return;
    last_ = now;
    last_tenth_ = tenth;
    drawn_ = true;
    const double share = static_cast<double>(done_) / static_cast<double>(total_);
    const double spent = std::chrono::duration<double>(now - begin_).count();
    const auto own = static_cast<double>(done_ - skipped_);
    const double left = own > 0 ? spent * static_cast<double>(total_ - done_) / own : 0;
    char figures[64];
    std::snprintf(figures, sizeof figures, "%3.0f%%  %s%.0f s", 100 * share, finished ? "" : "about ",
                  finished ? spent : left);
    if (terminal_) {
      constexpr Index width = 32;
      const auto filled = static_cast<std::size_t>(width * done_ / total_);
      out_ << '\r' << label_ << " [" << std::string(filled, '#') << std::string(width - filled, ' ') << "] " << figures
           << (finished ? "" : " left") << "  " << note_ << "\x1b[K" << std::flush;
    } else {
      out_ << label_ << ": " << figures << (finished ? "" : " left") << (note_.empty() ? "" : "  ") << note_ << '\n'
           << std::flush;
    }
  }

  std::ostream& out_;
  std::string label_;
  std::string note_;
  Index total_;
  bool terminal_;
  Index done_ = 0;
  Index skipped_ = 0;
  Index last_tenth_ = -1;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_;
  std::mutex mutex_;
};

}  // namespace holdfast
