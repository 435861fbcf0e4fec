#include "holdfast/core/parallel.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>
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
#ifdef _OPENMP
    if (threads > 1) CHECK(ended == 7);  // the other calls run to their end
#endif
    CHECK(ended >= 3);
    CHECK_THROWS_AS(parallel_for(2, worth_a_thread, [](Index) { throw std::domain_error("both"); }), std::domain_error);
  }
  set_threads(1);
}

#ifdef _OPENMP
TEST_CASE("parallel_for wakes no threads for small work", "[parallel]") {
  set_threads(2);
  const auto seen = [](Index operations) {
    std::vector<int> threads(2, -1);
    parallel_for(2, operations, [&](Index i) { threads[static_cast<std::size_t>(i)] = omp_get_thread_num(); });
    return threads;
  };
  CHECK(seen(worth_a_thread - 1) == std::vector<int>{0, 0});
  CHECK(seen(worth_a_thread) == std::vector<int>{0, 1});
  set_threads(1);
}
#endif

TEST_CASE("There is at least one thread", "[parallel]") { CHECK_THROWS_WITH(set_threads(0), Contains("threads")); }

}  // namespace parallel_test
