/// \file
/// Runs independent pieces of work, several at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "support/program.hpp"

namespace program {

/// Adds the option --threads, described by `help`.
inline CLI::Option* add_threads_option(CLI::App& app, int& threads, const char* help) {
  return app.add_option("--threads", threads, help)->check(range(1, 1024))->capture_default_str();
}

/// Calls work(0) … work(count − 1) in this order, `threads` of them at a time, each on one core. After an interruption
/// or an exception no further call begins; the exception is rethrown.
template <class Work>
void run_all(std::size_t count, int threads, Work&& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  std::vector<std::thread> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      holdfast::set_threads(1);
      try {
        for (std::size_t i = next++; i < count && !interrupted; i = next++) work(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        failure = std::current_exception();
        next = count;
      }
    });
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace program
