/// \file
/// Tests the range of attainable values, and the detector of values outside it.
#include "holdfast/training/explosion.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/state.hpp"

namespace explosion_test {

using namespace holdfast;

TEST_CASE("The attainable range and the implied value are what the formulas say") {
  const Interval range = attainable_values({-0.02, 1}, 0.99);
  CHECK(std::abs(range.lowest - -2) < 1e-9);
  CHECK(std::abs(range.highest - 100) < 1e-9);
  CHECK(range.contains(100 - 1e-6));
  CHECK_FALSE(range.contains(100.1));
  CHECK_FALSE(range.contains(std::numeric_limits<double>::quiet_NaN()));
  // An episode that ends earns nothing more: with rewards of one sign, 0 is attainable.
  CHECK(attainable_values({1, 1}, 0.5).lowest == 0);
  CHECK(attainable_values({1, 1}, 0.5).highest == 2);
  CHECK(attainable_values({-3, -1}, 0.5).lowest == -6);
  CHECK(attainable_values({-3, -1}, 0.5).highest == 0);
  CHECK_FALSE(std::signbit(attainable_values({-0.0, 0}, 0.5).lowest));
  CHECK_THROWS_WITH(attainable_values({0, 1}, 1.1), Contains("discount must be in [0, 1], but is 1.1"));
  // If y = 1 + 0.5 b, the fixed point of the backups is 2, for every b.
  CHECK(implied_value(0, 1, 0.5) == 2);
  CHECK(implied_value(1.5, 1.75, 0.5) == 2);
  CHECK(implied_value(2, 2, 0.5) == 2);
}

TEST_CASE("Without a discount values have no bound but that of rewards of one sign, and nothing is warned of") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Interval range = attainable_values({0, 1}, 1);
  CHECK((range.lowest == 0 && range.highest == infinity));
  CHECK(attainable_values({-1, 0}, 1).lowest == -infinity);
  CHECK(attainable_values({-1, 0}, 1).highest == 0);
  CHECK(implied_value(2, 3, 1) == 2);
  CHECK(implied_value(2, 3, 0.75) == 6);  // a quarter of the transitions is terminal
  ExplosionDetector detector(range, 1);
  for (Index step = 0; step < 5; ++step) detector.observe(step, {.policy_value = 1e6, .implied_value = 2e6});
  CHECK_FALSE(detector.warning_step());
  CHECK_FALSE(detector.explosion_step());
  detector.observe(5, {.policy_value = -1});
  CHECK(detector.explosion_step() == 5);
}

TEST_CASE("The detector remembers the first explosion, and warns after patience is spent") {
  ExplosionDetector detector({0, 10}, 2, 0.1);
  detector.observe(0, {.policy_value = 5, .implied_value = 20});
  detector.observe(1, {.policy_value = 5, .implied_value = 10.5});  // within the margin: patience starts again
  detector.observe(2, {.policy_value = 5, .implied_value = 20});
  CHECK_FALSE(detector.warning_step());
  detector.observe(3, {.policy_value = 9, .implied_value = 20});
  detector.observe(4, {.policy_value = 11, .implied_value = 20});
  detector.observe(5, {.policy_value = 12, .implied_value = 20});
  CHECK(detector.warning_step() == 3);
  CHECK(detector.explosion_step() == 4);

  ExplosionDetector soft({0, 10}, 1, 0);
  soft.observe(0, {.policy_value = 5, .implied_value = 14, .entropy_bonus = 5});
  soft.observe(1, {.policy_value = 5, .implied_value = -3, .entropy_bonus = 5});
  CHECK_FALSE(soft.warning_step());
  soft.observe(2, {.policy_value = 5, .implied_value = 16, .entropy_bonus = 5});
  CHECK(soft.warning_step() == 2);

  ExplosionDetector low({0, 10}, 1, 0);
  low.observe(7, {.policy_value = -1, .implied_value = -1});
  CHECK_FALSE(low.warning_step());  // the warning comes before, or not at all
  CHECK(low.explosion_step() == 7);

  ExplosionDetector half({-std::numeric_limits<double>::infinity(), 0}, 1);
  half.observe(3, {.policy_value = -1, .implied_value = 1});
  CHECK(half.warning_step() == 3);
}

TEST_CASE("A detector goes on from its saved state") {
  const std::vector<PredictedValues> seen = {{.policy_value = 5, .implied_value = 20},
                                             {.policy_value = 5, .implied_value = 20},
                                             {.policy_value = 9, .implied_value = 20},
                                             {.policy_value = 11, .implied_value = 20},
                                             {.policy_value = 5, .implied_value = 5}};
  for (std::size_t stop = 0; stop <= seen.size(); ++stop) {
    ExplosionDetector first({0, 10});
    for (std::size_t i = 0; i < stop; ++i) first.observe(static_cast<Index>(i), seen[i]);
    ExplosionDetector second({0, 10});
    restore_state(second, save_state(first));
    for (std::size_t i = stop; i < seen.size(); ++i) second.observe(static_cast<Index>(i), seen[i]);
    CHECK(second.warning_step() == 2);
    CHECK(second.explosion_step() == 3);
  }
}

TEST_CASE("Values that a penalty lowers may lie below what is attainable, and not above") {
  ExplosionDetector detector({0, 10}, 1, 0);
  detector.observe(1, {.policy_value = -50, .implied_value = -90, .lowered = true});
  CHECK_FALSE(detector.warning_step());
  CHECK_FALSE(detector.explosion_step());
  detector.observe(2, {.policy_value = -50, .implied_value = 11, .lowered = true});
  CHECK(detector.warning_step() == 2);
  detector.observe(3, {.policy_value = 11, .implied_value = 11, .lowered = true});
  CHECK(detector.explosion_step() == 3);
}

TEST_CASE("A value that is out by less than a reward is no alarm, by more it is") {
  ExplosionDetector good({0, 100}, 1, 0);
  good.observe(1, {.policy_value = -0.4, .implied_value = -0.9, .reward = 1});
  good.observe(2, {.policy_value = 100.9, .implied_value = 100.9, .reward = 1});
  CHECK_FALSE(good.warning_step());
  CHECK_FALSE(good.explosion_step());
  good.observe(3, {.policy_value = 100.9, .implied_value = 101.1, .reward = 1});
  CHECK(good.warning_step() == 3);
  good.observe(4, {.policy_value = 101.1, .implied_value = 101.1, .reward = 1});
  CHECK(good.explosion_step() == 4);

  ExplosionDetector half({-std::numeric_limits<double>::infinity(), 0}, 1);
  half.observe(1, {.policy_value = 0.1, .implied_value = 0.1, .reward = 5});
  CHECK_FALSE(half.warning_step());
  CHECK_FALSE(half.explosion_step());
}

}  // namespace explosion_test
