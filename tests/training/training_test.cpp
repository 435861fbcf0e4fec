/// \file
/// Tests the training loops, their callbacks, and what they refuse.
#include "catch.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"

namespace training_test {

using namespace holdfast;

namespace {

Transitions<double> random_pendulum(Index steps) {
  Generator noise(3, Stream::noise);
  return collect<double>(Pendulum(), steps, 5, [&](const Matrix<double>&, Matrix<double>& action) {
    return std::optional<double>(act_uniformly(noise, action));
  });
}

Sac<double> small_sac(std::uint64_t seed) {
  return {{.policy = {.network = {.hidden = {16}}}, .critics = {.network = {.hidden = {16}}}}, {3, 1}, seed};
}

}  // namespace

TEST_CASE("A recorder keeps time-outs and terminals apart and log-probabilities of uniform actions") {
  const Transitions<double> data = random_pendulum(450);
  data.validate();
  REQUIRE(data.size() == 450);
  CHECK(data.terminals.cast<int>().sum() == 0);
  for (Index t = 0; t < data.size(); ++t) {
    CHECK(static_cast<bool>(data.timeouts(t)) == ((t + 1) % 200 == 0));  // the pendulum's time limit
    if (!data.timeouts(t) && t + 1 < data.size()) CHECK(data.next_observations.col(t) == data.observations.col(t + 1));
  }
  CHECK((data.action_log_probs + std::log(2.0)).abs().maxCoeff() < 1e-12);  // density 1/2 on [-1, 1]
  CHECK(data.actions.cwiseAbs().maxCoeff() <= 1);
}

TEST_CASE("The offline loop updates once per step and shows its callbacks every step") {
  const Transitions<double> data = random_pendulum(100);
  Sac<double> learner = small_sac(1);
  std::vector<Index> seen;
  std::vector<Index> sparse;
  const Index done = train_offline(
      learner, data, {.steps = 7, .batch_size = 8, .seed = 2},
      [&](const TrainingStep& now, const Sac<double>& l) {
        CHECK(static_cast<Index>(l.step()) == now.step);
        CHECK(now.steps == 7);
        seen.push_back(now.step);
      },
      every(3, [&](const TrainingStep& now, const Sac<double>&) { sparse.push_back(now.step); }));
  CHECK(done == 7);
  CHECK(learner.step() == 7);
  CHECK(seen == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(sparse == std::vector<Index>{0, 3, 6, 7});
}

TEST_CASE("A callback that returns false ends the training before the next update") {
  const Transitions<double> data = random_pendulum(100);
  Sac<double> learner = small_sac(1);
  const Index done = train_offline(learner, data, {.steps = 50, .batch_size = 8},
                                   [](const TrainingStep& now, const Sac<double>&) { return now.step < 4; });
  CHECK(done == 4);
  CHECK(learner.step() == 4);
}

TEST_CASE("The same seed trains to the same bits") {
  const Transitions<double> data = random_pendulum(200);
  const auto train = [&](std::uint64_t seed) {
    Sac<double> learner = small_sac(1);
    train_offline(learner, data, {.steps = 40, .batch_size = 32, .seed = seed});
    return learner.policy().parameters();
  };
  const Vector<double> once = train(9);
  CHECK(train(9) == once);
  CHECK(train(10) != once);
}

TEST_CASE("The online loop fills its buffer and learns after the random steps") {
  Sac<double> learner = small_sac(4);
  ReplayBuffer<double> buffer({3, 1}, 1000);
  const Index done = train_online(learner, AnyEnvironment<>(Pendulum()), buffer,
                                  {.steps = 250, .random_steps = 200, .batch_size = 8, .seed = 6});
  CHECK(done == 250);
  CHECK(buffer.size() == 250);
  CHECK(learner.step() == 50);
  const Transitions<double> data = buffer.transitions();
  CHECK(data.timeouts(199) == 1);
  CHECK((data.action_log_probs.head(200) + std::log(2.0)).abs().maxCoeff() < 1e-12);
  CHECK((data.action_log_probs.tail(50) + std::log(2.0)).abs().minCoeff() > 0);  // log-probabilities of the policy
}

TEST_CASE("The online loop explores finite actions by what acts, mixed with random ones") {
  using Finite = ReplayBuffer<double, ActionIndices>;
  SECTION("DQN by its critics") {
    using Learner = Dqn<Mlp<double>>;
    Learner learner({.critics = {.network = {.hidden = {8}}}}, {4, 2}, 1);
    Finite buffer({4, 2}, 1000);
    train_online(learner, CartPole(), buffer,
                 {.steps = 600, .random_steps = 200, .batch_size = 8, .epsilon = 0.2, .seed = 6});
    CHECK(learner.step() == 400);
    const auto data = buffer.transitions();
    CHECK((data.action_log_probs.head(200) + std::log(2.0)).abs().maxCoeff() < 1e-12);
    const auto chosen = data.action_log_probs.tail(400).exp();
    // The best action has probability 0.8 + 0.2/2 and the other 0.2/2: 40 of 400 are expected, with a deviation of 6.
    Index others = 0;
    for (const double probability : chosen) {
      const bool other = probability < 0.5;
      CHECK(std::abs(probability - (other ? 0.1 : 0.9)) < 1e-12);
      others += other;
    }
    CHECK(others > 10);
    CHECK(others < 70);
  }
  SECTION("where nothing is learned, the greedy action of the critics is taken") {
    using Learner = Dqn<Mlp<double>>;
    Learner learner({.critics = {.network = {.hidden = {8}}}}, {4, 2}, 1);
    Proposal<double, ActionIndices> proposal;
    Generator generator(2);
    const Matrix<double> states = random_pendulum(12).observations.reshaped(4, 9);
    learner.explore(states, generator, proposal);
    ActionIndices best;
    const auto acting = learner.acting();
    auto tape = decltype(acting)::Tape();
    acting.mode(states, tape, best);
    for (Index i = 0; i < 9; ++i) CHECK(proposal.weights(2 * i + best(i)) == 1);
    CHECK(proposal.weights.sum() == 9);
  }
  SECTION("a policy that learns by itself") {
    BcOf<MlpCategorical<double>> learner({.policy = {.network = {.hidden = {8}}}}, {4, 2}, 1);
    Finite buffer({4, 2}, 1000);
    train_online(learner, CartPole(), buffer, {.steps = 100, .random_steps = 50, .batch_size = 8, .epsilon = 1});
    // With ε = 1 all actions are random.
    CHECK((buffer.transitions().action_log_probs + std::log(2.0)).abs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("Training refuses what cannot be trained") {
  Sac<double> learner = small_sac(1);
  ReplayBuffer<double> empty({3, 1}, 10);
  CHECK_THROWS_WITH(train_offline(learner, empty, {.steps = 1, .batch_size = 8}), Contains("dataset"));
  const Transitions<double> data = random_pendulum(20);
  CHECK_THROWS_WITH(train_offline(learner, data, {.steps = 1, .batch_size = 0}), Contains("batch_size"));
  CHECK_THROWS_WITH(train_offline(learner, data, {.steps = -1}), Contains("steps"));
  CHECK_THROWS_WITH(train_online(learner, Pendulum(), empty, {.steps = 1, .random_steps = -1}),
                    Contains("random_steps"));
  CHECK_THROWS_WITH(train_online(learner, Pendulum(), empty, {.steps = 1, .warmup_steps = -1}),
                    Contains("warmup_steps"));
  CHECK_THROWS_WITH(train_online(learner, Pendulum(), empty, {.steps = 1, .updates_per_step = 0}),
                    Contains("updates_per_step"));
  CHECK_THROWS_WITH(train_online(learner, Pendulum(), empty, {.steps = 1, .epsilon = 0.1}),
                    Contains("epsilon must be 0 for continuous actions"));
  CHECK_THROWS_WITH(every(0, [](const TrainingStep&, const Sac<double>&) {}), Contains("interval"));
}

}  // namespace training_test
