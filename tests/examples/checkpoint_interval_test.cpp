#include "support/checkpoint_interval.hpp"

#include <chrono>
#include <thread>

#include "catch.hpp"

namespace checkpoint_interval_test {

using program::CheckpointInterval;

TEST_CASE("Checkpoints are due every so many steps, or seconds, or never", "[checkpoint_interval]") {
  const CheckpointInterval steps("5");
  CHECK(steps.due(5));
  CHECK_FALSE(steps.due(6));
  CHECK(steps.due(10));
  const CheckpointInterval never("0");
  CHECK_FALSE(never.due(5));
  const CheckpointInterval later("1000s");
  CHECK_FALSE(later.due(5));
  const CheckpointInterval soon("1s");
  CHECK_FALSE(soon.due(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  CHECK(soon.due(5));
}

TEST_CASE("Writing takes a tenth of the time at most", "[checkpoint_interval]") {
  CheckpointInterval interval("1s");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  REQUIRE(interval.due(1));
  interval.write([] { std::this_thread::sleep_for(std::chrono::milliseconds(300)); });  // so 3 s without
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  CHECK_FALSE(interval.due(2));
  CHECK_THROWS_AS(interval.write([] { throw 1; }), int);
}

TEST_CASE("Other texts are refused", "[checkpoint_interval]") {
  for (const char* text : {"", "s", "5m", "-5", "1.5", "5 s", "9999999999", "five"})
    CHECK_THROWS_WITH(CheckpointInterval(text), Contains("checkpoint_every must be a whole number of steps"));
}

}  // namespace checkpoint_interval_test
