#include "holdfast/core/parallel.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace holdfast;

TEST_CASE("parallel_for does every piece of work once, with the same bits for every number of threads", "[parallel]") {
  const auto run = [](int threads, Index count) {
    set_threads(threads);
    std::vector<double> results(static_cast<std::size_t>(count), 0.0);
    parallel_for(count, [&](Index i) {
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
    CHECK_THROWS_AS(parallel_for(8, work), std::domain_error);
#ifdef _OPENMP
    if (threads > 1) CHECK(ended == 7);  // the others run to their end
#endif
    CHECK(ended >= 3);
    CHECK_THROWS_AS(parallel_for(2, [](Index) { throw std::domain_error("both"); }), std::domain_error);
  }
  set_threads(1);
}
