/// \file
/// ThreadTeam: threads that share the pieces of one loop after another.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// Threads that help one thread with its loops. Each takes the next piece that nobody has taken yet, so that a thread
/// that the operating system keeps waiting holds up one piece at most.
///
/// Between two loops a helper looks for work for about a tenth of a millisecond and then sleeps. Loops that follow each
/// other closely thus cost no waking, and a program that does something else leaves the processors to others.
class ThreadTeam {
 public:
  /// Starts `helpers` threads. Throws std::system_error if the system has no more.
  explicit ThreadTeam(int helpers) {
    threads_.reserve(static_cast<std::size_t>(helpers));
    try {
      for (int i = 0; i < helpers; ++i) threads_.emplace_back([this] { help(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  ~ThreadTeam() { stop(); }

  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  /// Returns the number of threads that are not the caller's.
  [[nodiscard]] int helpers() const { return static_cast<int>(threads_.size()); }

  /// Calls work(0) to work(count − 1), shared among the helpers and the caller. If calls throw, rethrows the exception
  /// of the first of them, after all calls have ended. Only the thread that made the team may call it, and not from
  /// `work`.
  template <class Work>
  void run(std::uint32_t count, Work& work) {
    open(count, const_cast<void*>(static_cast<const void*>(&work)),
         [](void* task, Index i) { (*static_cast<Work*>(task))(i); });
    while (take_piece()) {
    }
    for (int spins = 0; finished_.load(std::memory_order_acquire) != count;)
      if (++spins < patience)
        relax();
      else
        sleep_until_finished(count);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));  // the helpers write it before `finished_`
  }

 private:
  using Call = void (*)(void* task, Index piece);

  // How often a thread looks for work, or for the end of the others' work, before it sleeps.
  static constexpr int patience = 5000;

  void stop() {
    stopped_.store(true);
    opened_.fetch_add(1);
    opened_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  static void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }

  // A ticket is the number of the loop and, in the lower half, that of the next piece. It changes with every loop and
  // every piece, so that who exchanges it for the next has taken this piece of this loop.
  static std::uint64_t ticket(std::uint32_t loop, std::uint32_t piece) { return (std::uint64_t{loop} << 32) | piece; }

  void open(std::uint32_t count, void* task, Call call) {
    const std::uint32_t loop = ++loop_;
    ticket_.store(ticket(loop, closed), std::memory_order_relaxed);
    // A helper that sees one of these finds the ticket changed, and takes nothing.
    task_.store(task, std::memory_order_release);
    call_.store(call, std::memory_order_release);
    count_.store(count, std::memory_order_release);
    finished_.store(0, std::memory_order_relaxed);
    ticket_.store(ticket(loop, 0), std::memory_order_release);
    opened_.store(loop);  // sequentially consistent: notify_all looks for sleepers after it
    opened_.notify_all();
  }

  // Takes the next piece and does it. Returns false if there is none.
  bool take_piece() {
    std::uint64_t now = ticket_.load(std::memory_order_acquire);
    void* task = nullptr;
    Call call = nullptr;
    std::uint32_t count = 0;
    do {
      task = task_.load(std::memory_order_acquire);
      call = call_.load(std::memory_order_acquire);
      count = count_.load(std::memory_order_acquire);
      if (static_cast<std::uint32_t>(now) >= count) return false;
    } while (!ticket_.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel, std::memory_order_acquire));
    const auto piece = static_cast<std::uint32_t>(now);
    try {
      call(task, static_cast<Index>(piece));
    } catch (...) {
      const std::lock_guard lock(failing_);
      if (!failure_ || piece < failed_) {
        failure_ = std::current_exception();
        failed_ = piece;
      }
    }
    if (finished_.fetch_add(1) + 1 == count) finished_.notify_one();
    return true;
  }

  void help() {
    std::uint32_t seen = 0;
    while (!stopped_.load()) {
      while (take_piece()) {
      }
      int spins = 0;
      std::uint32_t opened = opened_.load(std::memory_order_acquire);
      while (opened == seen && ++spins < patience) {
        relax();
        opened = opened_.load(std::memory_order_acquire);
      }
      if (opened == seen) opened_.wait(seen, std::memory_order_acquire);
      seen = opened_.load(std::memory_order_acquire);
    }
  }

  void sleep_until_finished(std::uint32_t count) {
    for (std::uint32_t done = finished_.load(std::memory_order_acquire); done != count;
         done = finished_.load(std::memory_order_acquire))
      finished_.wait(done, std::memory_order_acquire);
  }

  static constexpr std::uint32_t closed = 0xffffffff;

  std::vector<std::thread> threads_;
  std::uint32_t loop_ = 0;
  std::mutex failing_;
  std::exception_ptr failure_;
  std::uint32_t failed_ = 0;  // the piece that threw it
  std::atomic<bool> stopped_ = false;
  std::atomic<void*> task_ = nullptr;
  std::atomic<Call> call_ = nullptr;
  std::atomic<std::uint32_t> count_ = 0;
  alignas(64) std::atomic<std::uint64_t> ticket_ = ticket(0, closed);
  alignas(64) std::atomic<std::uint32_t> finished_ = 0;
  alignas(64) std::atomic<std::uint32_t> opened_ = 0;  // the last loop; helpers sleep on it
};

}  // namespace holdfast
