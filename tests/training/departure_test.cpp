/// \file
/// Tests the detector of actions that have left the data.
#include "holdfast/training/departure.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/offline.hpp"

namespace departure_test {

using namespace holdfast;

TEST_CASE("Actions have left the data from the first of three observations in a row that are outside") {
  DepartureDetector detector(0.1, 1, 3, 0);
  CHECK(std::abs(detector.limit() - 0.3) < 1e-12);
  detector.observe(0, 0.31);
  detector.observe(1, 0.31);
  detector.observe(2, 0.3);  // as near as allowed
  detector.observe(3, 0.5);
  detector.observe(4, std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(detector.departure_step());
  detector.observe(5, 0.5);
  CHECK(detector.departure_step() == 3);
  DepartureDetector resumed(0.1, 1, 3, 0);
  restore_state(resumed, save_state(detector));
  resumed.observe(6, 0.5);
  CHECK(resumed.departure_step() == 3);
  resumed.observe(7, 0.1);  // they are back
  CHECK_FALSE(resumed.departure_step());
}

TEST_CASE("A policy that was never near the data has time to come near") {
  DepartureDetector detector(0.1, 1, 2, 1000);
  for (const Index step : {0, 500, 999}) detector.observe(step, 1);
  CHECK_FALSE(detector.departure_step());
  CHECK_FALSE(detector.was_near());
  detector.observe(1000, 1);
  CHECK(detector.departure_step() == 0);
  DepartureDetector leaving(0.1, 1, 2, 1000);
  leaving.observe(0, 0.1);
  leaving.observe(1, 1);
  leaving.observe(2, 1);
  CHECK(leaving.departure_step() == 1);
  CHECK(leaving.was_near());
}

TEST_CASE("Where the data's actions do not differ, a tenth of the range of each component is no departure") {
  CHECK(std::abs(DepartureDetector(0, 4).limit() - 0.4) < 1e-12);
  CHECK(DepartureDetector(0.5, 4).limit() == 1.5);
  DepartureDetector impatient(0, 4, 1, 0);
  impatient.observe(0, 0.39);
  CHECK_FALSE(impatient.departure_step());
  impatient.observe(1, 0.41);
  CHECK(impatient.departure_step() == 1);
}

TEST_CASE("A DepartureDetector refuses arguments out of range") {
  CHECK_THROWS_WITH(DepartureDetector(-1), Contains("data_distance must be at least 0, but is -1"));
  CHECK_THROWS_WITH(DepartureDetector(std::nan("")), Contains("data_distance"));
  CHECK_THROWS_WITH(DepartureDetector(1, 0), Contains("components must be at least 1"));
  CHECK_THROWS_WITH(DepartureDetector(1, 1, 0), Contains("patience must be at least 1"));
  CHECK_THROWS_WITH(DepartureDetector(1, 1, 1, -1), Contains("settling must be at least 0"));
}

TEST_CASE("A clone does not leave its data; SAC, whose Q is highest elsewhere, does") {
  // One state; the data's actions are N(0, 0.1²), and their reward rises with the action.
  Transitions<float> data;
  constexpr Index size = 500;
  data.resize(size);
  Generator generator(1, Stream::noise);
  data.observations = Matrix<float>::Ones(1, size);
  data.actions.resize(1, size);
  for (Index i = 0; i < size; ++i) data.actions(0, i) = static_cast<float>(0.1 * generator.normal());
  data.rewards = data.actions.row(0).array();
  data.next_observations = data.observations;
  data.terminals.setOnes(size);
  data.timeouts.setZero(size);
  const Probe<float> probe(data, 0.99);
  const auto departure_of = [&](auto learner) {
    DepartureDetector detector(probe.data_distance(), 1, 3, 1000);
    train_offline(learner, data, {.steps = 1500, .batch_size = 64},
                  every(100, [&](const TrainingStep& now, const auto& seen) {
                    detector.observe(now.step, probe.measure(seen).action_distance);
                  }));
    return detector.departure_step();
  };
  const Sizes sizes{1, 1};
  CHECK_FALSE(departure_of(
      Bc<>({.policy_optimizer = {.learning_rate = 1e-3}, .policy = {.network = {.hidden = {16}}}}, sizes, 1)));
  Sac<>::Config config;
  config.policy.network.hidden = config.critics.network.hidden = {16};
  config.policy_optimizer.learning_rate = config.critics.optimizer.learning_rate = 1e-3;
  CHECK(departure_of(Sac<>(config, sizes, 1)));
}

}  // namespace departure_test
