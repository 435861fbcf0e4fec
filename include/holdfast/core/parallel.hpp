/// \file
/// Runs independent loop iterations in parallel.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/thread_team.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace detail {

// The threads of one thread's loops.
struct Parallelism {
  int threads = 1;
  bool inside = false;  // a loop is running: loops inside of it are serial
  std::unique_ptr<ThreadTeam> team;
};

inline Parallelism& parallelism() {
  thread_local Parallelism own;
  return own;
}

}  // namespace detail

/// Sets how many threads the calling thread's parallel loops use, 1 unless set. Results do not depend on it. Throws
/// ConfigError if `count` is not positive.
inline void set_threads(int count) {
  require(count >= 1, "threads", "at least 1", count);
  detail::parallelism().threads = count;
}

/// Returns how many threads the calling thread's next parallel loop uses: 1 inside of a parallel loop.
[[nodiscard]] inline int threads() {
  const detail::Parallelism& own = detail::parallelism();
  return own.inside ? 1 : own.threads;
}

/// The smallest number of operations per call for which waking threads pays off: about 20 µs of work.
inline constexpr Index worth_a_thread = Index{1} << 20;

/// Calls `work(0)` to `work(count − 1)`, in parallel if each call costs at least `worth_a_thread` operations. No
/// call may write data that another call uses; then the results are bit-identical for every number of threads. If calls
/// throw, rethrows the exception of the first of them, after all calls have ended. Loops inside of `work` are serial.
/// Throws std::system_error if the system has no more threads.
template <class Work>
void parallel_for(Index count, Index operations, Work&& work) {
  detail::Parallelism& own = detail::parallelism();
  constexpr Index most = 0xffffffff;  // of the pieces of a ThreadTeam
  if (count <= 1 || count >= most || operations < worth_a_thread || threads() <= 1) {
    std::exception_ptr failure;
    for (Index i = 0; i < count; ++i) {
      try {
        work(i);
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
  if (!own.team || own.team->helpers() != own.threads - 1) {
    own.team.reset();  // first, so that the threads of both are never there together
    own.team = std::make_unique<ThreadTeam>(own.threads - 1);
  }
  struct Inside {
    bool& flag;
    explicit Inside(bool& inside) : flag(inside = true) {}
    ~Inside() { flag = false; }
  } inside(own.inside);
  own.team->run(static_cast<std::uint32_t>(count), work);
}

}  // namespace holdfast
