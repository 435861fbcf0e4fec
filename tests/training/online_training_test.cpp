/// \file
/// Tests that online training, saved after any step, goes on to the bits of a run that never stopped.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/online.hpp"

namespace online_training_test {

using namespace holdfast;

namespace {

/// The states of learner, buffer and training.
using States = std::vector<SavedState>;

template <class Learner, class Buffer, class Training>
States states(const Learner& learner, const Buffer& buffer, const Training& training) {
  return {save_state(learner), save_state(buffer), save_state(training)};
}

/// Checks that a training saved in its callback after each of `stops` goes on, with fresh objects, to the same states
/// after the last step, and that the callback sees each step once. `make_learner(seed)` makes a learner.
template <class E, class MakeLearner>
void check_resumed(const E& environment, const OnlineOptions& options, Index capacity, const std::vector<Index>& stops,
                   MakeLearner&& make_learner) {
  using Learner = std::decay_t<decltype(make_learner(1))>;
  using Training = OnlineTraining<Learner, E>;
  using Buffer = typename Training::Buffer;
  const Sizes sizes{environment.observation_size(), environment.action_size()};

  std::vector<std::pair<Index, States>> saved;
  Learner learner = make_learner(1);
  Buffer buffer(sizes, capacity);
  Training training(environment, options);
  const Index done = training.run(learner, buffer, [&](const TrainingStep& now, const Learner& seen) {
    CHECK(training.step() == now.step);
    if (std::ranges::find(stops, now.step) != stops.end()) saved.emplace_back(now.step, states(seen, buffer, training));
  });
  REQUIRE(done == options.steps);
  REQUIRE(saved.size() == stops.size());
  const States end = states(learner, buffer, training);

  for (const auto& [stop, at_stop] : saved) {
    CAPTURE(stop);
    Learner fresh = make_learner(2);
    Buffer refilled(sizes, capacity);
    OnlineOptions other_seed = options;
    other_seed.seed = options.seed + 1;
    Training resumed(environment, other_seed);
    restore_state(fresh, at_stop[0]);
    restore_state(refilled, at_stop[1]);
    restore_state(resumed, at_stop[2]);
    CHECK(states(fresh, refilled, resumed) == at_stop);
    Index next = stop == 0 ? 0 : stop + 1;
    const Index finished = resumed.run(fresh, refilled, [&](const TrainingStep& now, const Learner&) {
      CHECK(now.step == next++);
      CHECK(now.steps == options.steps);
    });
    CHECK(finished == options.steps);
    CHECK(next == options.steps + 1);
    CHECK(states(fresh, refilled, resumed) == end);
  }
}

const std::vector<Index> stops{0, 1, 7, 20, 21, 50, 99, 119, 120};

template <class Actions, class E>
void check_any_resumed(const std::string& algorithm, const Settings& settings, const E& environment, double epsilon) {
  check_resumed(environment, {.steps = 120, .random_steps = 20, .batch_size = 8, .epsilon = epsilon, .seed = 3}, 40,
                stops, [&](std::uint64_t seed) {
                  return make_learner<Actions>(algorithm, settings,
                                               {environment.observation_size(), environment.action_size()}, seed);
                });
}

}  // namespace

TEST_CASE("Online SAC goes on to the same bits, before and after the buffer is full", "[online]") {
  const OnlineOptions options{.steps = 260, .random_steps = 20, .batch_size = 8, .seed = 3};
  const auto sac = [](Sizes sizes) {
    return [sizes](std::uint64_t seed) {
      return Sac<double>({.policy = {.network = {.hidden = {8}}}, .critics = {.network = {.hidden = {8}}}}, sizes,
                         seed);
    };
  };
  check_resumed(Pendulum(), options, 100, {0, 1, 19, 20, 21, 64, 100, 101, 199, 200, 201, 259, 260}, sac({3, 1}));
  check_resumed(MassChain(), options, 1000, {13, 20, 100, 155}, sac({6, 3}));
}

TEST_CASE("Online DQN goes on to the same bits", "[online]") {
  check_resumed(CartPole(), {.steps = 260, .random_steps = 20, .batch_size = 8, .epsilon = 0.3, .seed = 3}, 100,
                {0, 1, 19, 20, 21, 64, 100, 101, 200, 259}, [](std::uint64_t seed) {
                  return Dqn<Mlp<double>>({.critics = {.network = {.hidden = {8}}}}, {4, 2}, seed);
                });
}

TEST_CASE("Any learner in any environment goes on to the same bits", "[online]") {
  const Settings layers{{"policy.network.hidden", "8"}, {"critics.network.hidden", "8"}};
  check_any_resumed<Matrix<float>>("bear", layers, make_environment("pendulum"), 0);
  check_any_resumed<Matrix<float>>("sac", layers, make_environment("linear_quadratic"), 0);
  check_any_resumed<ActionIndices>("dqn", {{"critics.network.hidden", "8"}}, make_environment<ActionIndices>("chain"),
                                   0.5);
}

TEST_CASE("A training of several runs ends as one of a single run", "[online]") {
  const auto make = [] { return Dqn<Mlp<double>>({.critics = {.network = {.hidden = {8}}}}, {4, 2}, 1); };
  using Learner = Dqn<Mlp<double>>;
  const OnlineOptions options{.steps = 60, .random_steps = 20, .batch_size = 8, .epsilon = 0.3, .seed = 3};
  Learner once = make();
  ReplayBuffer<double, ActionIndices> buffer({4, 2}, 100);
  CHECK(train_online(once, CartPole(), buffer, options) == 60);

  Learner learner = make();
  ReplayBuffer<double, ActionIndices> other({4, 2}, 100);
  OnlineTraining<Learner, CartPole> training(CartPole(), options);
  std::vector<Index> seen;
  const auto until = [&](Index last) {
    return training.run(learner, other, [&, last](const TrainingStep& now, const Learner&) {
      seen.push_back(now.step);
      return now.step < last;
    });
  };
  CHECK(until(10) == 10);
  CHECK(until(35) == 35);
  CHECK(until(100) == 60);
  CHECK(until(100) == 60);
  std::vector<Index> all(61);
  std::iota(all.begin(), all.end(), Index{0});
  CHECK(seen == all);
  CHECK(save_state(learner) == save_state(once));
  CHECK(save_state(other) == save_state(buffer));
}

TEST_CASE("A training refuses the saved state of another kind and stays as it was", "[online]") {
  using Learner = Dqn<Mlp<double>>;
  OnlineTraining<Learner, CartPole> training(CartPole(), {.steps = 10});
  const SavedState before = save_state(training);
  const auto refuses = [&](const SavedState& saved, const std::string& text) {
    CHECK_THROWS_WITH(restore_state(training, saved), Contains(text));
    CHECK_THROWS_AS(restore_state(training, saved), DataError);
    CHECK(save_state(training) == before);
  };
  refuses(save_state(OnlineTraining<Sac<double>, Pendulum>(Pendulum(), {.steps = 10})),
          "\"state\": expected 4x1 numbers of type float64, found 2x1");
  refuses(save_state(Generator(1)), "found \"key\"");
  SavedState cut = before;
  cut.pop_back();
  refuses(cut, "found none");
  SavedState spoiled = before;
  const auto step = std::ranges::find(spoiled, "progress.step", &StateEntry::path);
  REQUIRE(step != spoiled.end());
  std::ranges::fill(step->bytes, std::byte{0xFF});
  refuses(spoiled, "at least 0 training steps, found -1");
}

namespace {

using SmallSac = Sac<double>;

SmallSac small_sac(std::uint64_t seed = 1) {
  return SmallSac({.policy = {.network = {.hidden = {8}}}, .critics = {.network = {.hidden = {8}}}}, {3, 1}, seed);
}

Transitions<double> pendulum_data() {
  Generator noise(4);
  return collect<double>(Pendulum(), 300, 5, [&](const Matrix<double>&, Matrix<double>& action) {
    return std::optional(act_uniformly(noise, action));
  });
}

}  // namespace

TEST_CASE("With a share of 1, online training is offline training to the same bits, whatever it records", "[online]") {
  const Transitions<double> data = pendulum_data();
  for (const Index updates : {1, 3}) {
    SmallSac online = small_sac();
    ReplayBuffer<double> buffer({3, 1}, 100);
    OnlineTraining<SmallSac, Pendulum> training(
        Pendulum(),
        {.steps = 30, .random_steps = 0, .warmup_steps = 10, .updates_per_step = updates, .batch_size = 8, .seed = 3});
    training.run_with(OfflineData(data, 1.0), online, buffer, [&](const TrainingStep& now, const SmallSac& seen) {
      CHECK(static_cast<Index>(seen.step()) == updates * std::max<Index>(0, now.step - 10));
    });
    CHECK(buffer.size() == 30);
    // The same updates; the generator of the learner has drawn for these alone.
    SmallSac offline = small_sac();
    train_offline(offline, data, {.steps = 20 * updates, .batch_size = 8, .seed = 3});
    CHECK(save_state(online) == save_state(offline));
  }
}

TEST_CASE("Log-probabilities are recorded of all actions or of none", "[online]") {
  const Settings layers{{"policy.network.hidden", "8"}, {"critics.network.hidden", "8"}};
  for (const std::string algorithm : {"sac", "td3"}) {
    AnyLearner<float> learner = make_learner(algorithm, layers, {3, 1}, 1);
    ReplayBuffer<> buffer({3, 1}, 100);
    train_online(learner, make_environment("pendulum"), buffer, {.steps = 30, .random_steps = 10, .batch_size = 8});
    CHECK(buffer.size() == 30);
    CHECK(buffer.transitions().has_action_log_probs() == (algorithm == "sac"));
  }
}

TEST_CASE("Online training with fixed data goes on to the same bits", "[online]") {
  const Transitions<double> data = pendulum_data();
  for (const std::optional<double> share : {std::optional<double>{}, std::optional(0.5)}) {
    const OnlineOptions options{
        .steps = 60, .random_steps = 2, .warmup_steps = 3, .updates_per_step = 2, .batch_size = 8, .seed = 3};
    const OfflineData offline(data, share);
    OnlineTraining<SmallSac, Pendulum> training(Pendulum(), options);
    SmallSac learner = small_sac();
    ReplayBuffer<double> buffer({3, 1}, 40);
    States half;
    training.run_with(offline, learner, buffer, [&](const TrainingStep& now, const SmallSac& seen) {
      if (now.step == 25) half = states(seen, buffer, training);
    });
    OnlineTraining<SmallSac, Pendulum> resumed(Pendulum(), options);
    SmallSac fresh = small_sac(2);
    ReplayBuffer<double> refilled({3, 1}, 40);
    restore_state(fresh, half[0]);
    restore_state(refilled, half[1]);
    restore_state(resumed, half[2]);
    resumed.run_with(offline, fresh, refilled);
    CHECK(states(fresh, refilled, resumed) == states(learner, buffer, training));
  }
}

TEST_CASE("Online training refuses fixed data of other sizes, and a share that is none", "[online]") {
  const Transitions<double> data = pendulum_data();
  OnlineTraining<SmallSac, Pendulum> training(Pendulum(), {.steps = 30, .random_steps = 0, .batch_size = 8});
  SmallSac learner = small_sac();
  ReplayBuffer<double> buffer({3, 1}, 100);
  CHECK_THROWS_WITH(training.run_with(OfflineData(data, 1.5), learner, buffer), Contains("share must be in [0, 1]"));
  ReplayBuffer<double> narrow({2, 1}, 100);
  CHECK_THROWS_WITH(training.run_with(OfflineData(data), learner, narrow), Contains("expected 3 observation features"));
}

}  // namespace online_training_test
