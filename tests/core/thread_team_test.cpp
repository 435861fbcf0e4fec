/// \file
/// Tests that threads share the pieces of loops, and that each piece is done once.
#include "holdfast/core/thread_team.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace thread_team_test {

using namespace holdfast;

// A wrong order of memory accesses shows in many short loops of different lengths.
TEST_CASE("Many short loops do every piece once", "[parallel]") {
  for (const int helpers : {0, 1, 3}) {
    ThreadTeam team(helpers);
    CHECK(team.helpers() == helpers);
    std::vector<int> done(9, 0);
    std::vector<int> expected(9, 0);
    const auto work = [&](Index i) { ++done[static_cast<std::size_t>(i)]; };
    for (std::uint32_t loop = 0; loop < 20000; ++loop) {
      const std::uint32_t pieces = loop % 10;
      team.run(pieces, work);
      for (std::uint32_t i = 0; i < pieces; ++i) ++expected[i];
      if (done != expected) break;
    }
    CHECK(done == expected);
  }
}

TEST_CASE("Two pieces run at the same time, also after the helper has slept", "[parallel]") {
  ThreadTeam team(1);
  for (int loop = 0; loop < 3; ++loop) {
    std::atomic<int> begun = 0;
    std::atomic<int> meetings = 0;
    const auto work = [&](Index) {
      ++begun;
      for (int waits = 0; waits < 10000 && begun < 2; ++waits)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      meetings += begun == 2;
    };
    team.run(2, work);
    CHECK(meetings == 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_CASE("The exception of the first piece that throws is rethrown, after all pieces", "[parallel]") {
  for (const int helpers : {0, 1, 3}) {
    ThreadTeam team(helpers);
    for (int loop = 0; loop < 200; ++loop) {
      std::atomic<int> ended = 0;
      const auto work = [&](Index i) {
        ++ended;
        if (i == 3 || i == 5) throw std::domain_error(std::to_string(i));
      };
      CHECK_THROWS_WITH(team.run(8, work), "3");
      CHECK(ended == 8);
    }
    const auto sound = [](Index) {};
    CHECK_NOTHROW(team.run(8, sound));
  }
}

}  // namespace thread_team_test
