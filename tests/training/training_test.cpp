/// \file
/// The training loops, their callbacks, and what they must refuse.
#include "catch.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"

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
  const Index done = train_online(learner, AnyEnvironment(Pendulum()), buffer,
                                  {.steps = 250, .random_steps = 200, .batch_size = 8, .seed = 6});
  CHECK(done == 250);
  CHECK(buffer.size() == 250);
  CHECK(learner.step() == 50);
  const Transitions<double> data = buffer.transitions();
  CHECK(data.timeouts(199) == 1);
  CHECK((data.action_log_probs.head(200) + std::log(2.0)).abs().maxCoeff() < 1e-12);
  CHECK((data.action_log_probs.tail(50) + std::log(2.0)).abs().minCoeff() > 0);  // those of the policy
}

TEST_CASE("Training refuses what cannot be trained") {
  Sac<double> learner = small_sac(1);
  ReplayBuffer<double> empty({3, 1}, 10);
  CHECK_THROWS_WITH(train_offline(learner, empty, {.steps = 1, .batch_size = 8}), Contains("dataset"));
  const Transitions<double> data = random_pendulum(20);
  CHECK_THROWS_WITH(train_offline(learner, data, {.steps = 1, .batch_size = 0}), Contains("batch_size"));
  CHECK_THROWS_WITH(train_offline(learner, data, {.steps = -1}), Contains("steps"));
  CHECK_THROWS_WITH(train_online(learner, Pendulum(), empty, {.steps = 1, .random_steps = 0}),
                    Contains("random_steps"));
  CHECK_THROWS_WITH(every(0, [](const TrainingStep&, const Sac<double>&) {}), Contains("interval"));
}
