/// \file
/// Tests recording in an environment with a finite action set; training_test.cpp tests continuous actions.
#include "holdfast/training/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/registry.hpp"

namespace recorder_test {

using namespace holdfast;

namespace {

/// Cells 0 … 4 in a row, starting in cell 0. Action 0 goes left, 1 stays, 2 goes right; the reward is the number of the
/// action. Cell 4 is the end.
struct Corridor {
  Index cell = 0;

  static const char* name() { return "corridor"; }
  static Index observation_size() { return 1; }
  static Index action_size() { return 3; }
  static Index time_limit() { return 6; }
  static Interval reward_range() { return {0, 2}; }
  static References references() { return {0, 1}; }
  void reset(Generator&) { cell = 0; }
  void set_state(const Vector<double>& s) { cell = static_cast<Index>(s(0)); }
  [[nodiscard]] Vector<double> state() const { return Vector<double>::Constant(1, static_cast<double>(cell)); }
  [[nodiscard]] static Vector<double> state_of(const Vector<double>& o) { return o; }
  void observe(Eigen::Ref<Vector<double>> out) const { out(0) = static_cast<double>(cell); }
  StepResult step(Index action) {
    cell = std::max<Index>(0, cell + action - 1);
    return {static_cast<double>(action), cell == 4};
  }
};

using Numbers = std::vector<double>;

}  // namespace

TEST_CASE("A recorder keeps the numbers of the actions that a behavior chose") {
  STATIC_REQUIRE(IsFiniteEnvironment<Corridor>);
  // Right to the end, then 1, 1, … until the time limit.
  Index time = 0;
  const Transitions<float, ActionIndices> data =
      collect<float>(Corridor(), 12, 1, [&](const Matrix<float>&, Index& action) -> std::optional<float> {
        action = time++ < 4 ? 2 : 1;
        return std::nullopt;
      });
  CHECK_NOTHROW(data.validate());
  CHECK(data.action_size() == 3);
  CHECK(fixture::list(data.actions) == Numbers{2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(fixture::list(data.observations) == Numbers{0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(fixture::list(data.terminals) == Numbers{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(fixture::list(data.timeouts) == Numbers{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0});
  CHECK(returns(data) == Numbers{8, 6, 2});
  CHECK_FALSE(data.has_action_log_probs());
}

TEST_CASE("A terminal at the very time limit is no time-out") {
  Index time = 0;
  const Transitions<float, ActionIndices> data =
      collect<float>(Corridor(), 7, 1, [&](const Matrix<float>&, Index& action) -> std::optional<float> {
        action = time++ < 2 ? 1 : 2;
        return std::nullopt;
      });
  CHECK(fixture::list(data.terminals) == Numbers{0, 0, 0, 0, 0, 1, 0});
  CHECK(fixture::list(data.timeouts) == Numbers{0, 0, 0, 0, 0, 0, 0});
  CHECK(fixture::list(data.observations) == Numbers{0, 0, 0, 1, 2, 3, 0});  // a new episode began
}

TEST_CASE("Uniform actions of a finite set are all taken, with their log-probability") {
  Generator generator(3, Stream::noise);
  const auto data = collect<double>(Corridor(), 3000, 1, [&](const Matrix<double>&, Index& action) {
    return std::optional(act_uniformly<double>(generator, 3, action));
  });
  CHECK((data.action_log_probs + std::log(3.0)).abs().maxCoeff() < 1e-15);
  // Each of three counts is binomial with mean 1000 and deviation 25.8; the tolerance is five deviations.
  for (const Index action : {0, 1, 2}) CHECK(std::abs((data.actions.array() == action).count() - 1000) < 130);
}

TEST_CASE("A behavior that chooses an action that is none is refused") {
  CHECK_THROWS_AS(collect<double>(Corridor(), 3, 1,
                                  [](const Matrix<double>&, Index& action) -> std::optional<double> {
                                    action = 3;
                                    return std::nullopt;
                                  }),
                  DataError);
}

TEST_CASE("A recorder goes on to the same bits from its saved state, wherever in an episode") {
  const auto behavior = [noise = Generator(1, Stream::noise, 1)](const Matrix<float>&, Matrix<float>& action) mutable {
    return std::optional(act_uniformly(noise, action));
  };
  for (const Index before : {0, 1, 150, 199, 200, 333}) {  // episodes have 200 steps
    CAPTURE(before);
    auto acting = behavior;
    Recorder<float, AnyEnvironment<>> recorder(make_environment("pendulum"), 1);
    ReplayBuffer<float> buffer({3, 1}, 1000);
    for (Index step = 0; step < before; ++step) recorder.step(acting, buffer);
    Recorder<float, AnyEnvironment<>> other(make_environment("pendulum"), 2);
    ReplayBuffer<float> unused({3, 1}, 1000);
    other.step(acting, unused);
    restore_state(other, save_state(recorder));
    CHECK(save_state(other) == save_state(recorder));

    ReplayBuffer<float> rest({3, 1}, 1000);
    ReplayBuffer<float> expected({3, 1}, 1000);
    auto same = acting;
    for (Index step = 0; step < 450; ++step) {
      recorder.step(acting, expected);
      other.step(same, rest);
    }
    CHECK(save_state(rest) == save_state(expected));
    CHECK(save_state(other) == save_state(recorder));
  }
}

TEST_CASE("A recorder refuses the saved state of another environment and stays as it was") {
  Recorder<float, AnyEnvironment<>> recorder(make_environment("pendulum"), 1);
  const SavedState before = save_state(recorder);
  const auto refuses = [&](const SavedState& saved, const std::string& text) {
    CHECK_THROWS_WITH(restore_state(recorder, saved), Contains(text));
    CHECK_THROWS_AS(restore_state(recorder, saved), DataError);
    CHECK(save_state(recorder) == before);
  };
  refuses(save_state(Recorder<float, AnyEnvironment<>>(make_environment("mass_chain"), 1)), "\"state\": expected 2x1");
  refuses(save_state(Generator(1)), "entries of environment, progress, found \"key\"");
  refuses({}, "expected \"state\", found none");
  for (const Index time : {Index{-1}, Index{200}}) {
    SavedState spoiled = before;
    REQUIRE(spoiled.back().path == "progress.time");
    std::ranges::copy(std::as_bytes(std::span(&time, 1)), spoiled.back().bytes.begin());
    refuses(spoiled, "a time below the limit of 200 steps");
  }
}

}  // namespace recorder_test
