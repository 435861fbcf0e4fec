#include "holdfast/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace parallel_test {

using namespace holdfast;

TEST_CASE("parallel_for does every piece of work once, with the same bits for every number of threads", "[parallel]") {
  const auto run = [](int threads, Index count) {
    set_threads(threads);
    std::vector<double> results(static_cast<std::size_t>(count), 0.0);
    parallel_for(count, worth_a_thread, [&](Index i) {
      double& result = results[static_cast<std::size_t>(i)];
      for (int k = 1; k <= 100; ++k) result += std::sin(static_cast<double>(i) + k) / k;
    });
    return results;
  };
  for (const Index count : {0, 1, 2, 7, 100}) {
    const std::vector<double> alone = run(1, count);
    for (Index i = 0; i < count; ++i) {
      double expected = 0;
      for (int k = 1; k <= 100; ++k) expected += std::sin(static_cast<double>(i) + k) / k;
      CHECK(std::abs(alone[static_cast<std::size_t>(i)] - expected) < 1e-12);
    }
    CHECK(run(2, count) == alone);
    CHECK(run(3, count) == alone);
  }
  set_threads(1);
}

TEST_CASE("parallel_for rethrows what a piece of work throws", "[parallel]") {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    std::atomic<int> ended = 0;
    const auto work = [&](Index i) {
      if (i == 3) throw std::domain_error("the third");
      ++ended;
    };
    CHECK_THROWS_AS(parallel_for(8, worth_a_thread, work), std::domain_error);
    CHECK(ended == 7);  // the other calls run to their end
    CHECK_THROWS_AS(parallel_for(2, worth_a_thread, [](Index) { throw std::domain_error("both"); }), std::domain_error);
  }
  set_threads(1);
}

TEST_CASE("parallel_for shares work that is worth it among threads, and no other", "[parallel]") {
  set_threads(2);
  const std::thread::id caller = std::this_thread::get_id();
  const auto calls_elsewhere = [&](Index operations) {
    std::atomic<int> begun = 0;
    std::atomic<int> elsewhere = 0;
    parallel_for(2, operations, [&](Index) {
      ++begun;
      elsewhere += std::this_thread::get_id() != caller;
      for (int waits = 0; operations >= worth_a_thread && waits < 10000 && begun < 2; ++waits)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    return elsewhere.load();
  };
  CHECK(calls_elsewhere(worth_a_thread - 1) == 0);
  CHECK(calls_elsewhere(worth_a_thread) == 1);  // each call waits for the other
  set_threads(1);
  CHECK(calls_elsewhere(worth_a_thread - 1) == 0);
}

TEST_CASE("Loops inside of a parallel loop are serial, and each thread has its own number of threads", "[parallel]") {
  set_threads(3);
  std::vector<int> sums(20, 0);
  std::atomic<int> inner_threads = 0;
  parallel_for(20, worth_a_thread, [&](Index i) {
    inner_threads = std::max(inner_threads.load(), threads());
    parallel_for(5, worth_a_thread, [&](Index j) { sums[static_cast<std::size_t>(i)] += static_cast<int>(j); });
  });
  CHECK(sums == std::vector<int>(20, 10));
  CHECK(inner_threads == 1);
  CHECK(threads() == 3);
  int others = 0;
  std::thread([&] { others = threads(); }).join();
  CHECK(others == 1);
  set_threads(1);
}

TEST_CASE("There is at least one thread", "[parallel]") { CHECK_THROWS_WITH(set_threads(0), Contains("threads")); }

}  // namespace parallel_test
