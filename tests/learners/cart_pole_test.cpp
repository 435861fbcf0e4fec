/// \file
/// Tests learners over finite actions on a task without a table: the cart-pole.
#include "holdfast/environments/cart_pole.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "catch.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"

namespace cart_pole_test {

using namespace holdfast;

namespace {

constexpr Sizes sizes{CartPole::observation_size(), CartPole::action_size()};
const MlpConfig network{.hidden = {64, 64}};
const AdamConfig fast{.learning_rate = 1e-3};

/// Returns data of a clumsy teacher. Of ten actions, six push to the side that the pole leans to, which makes it fall
/// after a while, two are random, and two are good.
Transitions<float, ActionIndices> clumsy(Index steps, std::uint64_t seed) {
  Generator noise(seed, Stream::noise, 1);
  return collect<float>(CartPole(), steps, seed, [&](const Matrix<float>& observation, Index& action) {
    CartPole::scripted(observation.col(0).cast<double>(), action);
    const double which = noise.uniform();
    if (which < 0.6)
      action = observation(2) > 0 ? 1 : 0;
    else if (which < 0.8)
      action = noise.index(2);
    return std::optional<float>();
  });
}

/// Returns the mean return of 20 episodes of the acting policy.
template <class Learner>
double mean_return(const Learner& learner, const Normalization<float>& normalization) {
  DeployedPolicy policy(learner.acting(), normalization);
  return episode_returns(policy, CartPole(), 20, 7).mean();
}

/// Returns a detector that observed a learner every 100 updates on `data`.
template <class Learner>
ExplosionDetector watched(Learner learner, const Transitions<float, ActionIndices>& data) {
  const Probe<float, ActionIndices> probe(data, learner.discount());
  ExplosionDetector detector(attainable_values(CartPole::reward_range(), learner.discount()));
  train_offline(learner, data, {.steps = 3000, .batch_size = 64, .seed = 1},
                every(100, [&](const TrainingStep& now, const Learner& seen) {
                  detector.observe(now.step, probe.measure(seen).predicted);
                }));
  return detector;
}

}  // namespace

TEST_CASE("The alarms are silent on sound learners of cart-pole, and see a DQN that chases its own critic",
          "[cart_pole][slow]") {
  Transitions<float, ActionIndices> data = clumsy(10000, 1);
  Normalization<float>::fit(data.observations).normalize(data);
  const auto check_silent = [&](auto learner) {
    const ExplosionDetector detector = watched(std::move(learner), data);
    CHECK_FALSE(detector.warning_step());
    CHECK_FALSE(detector.explosion_step());
  };
  for (const double discount : {0.9, 0.99}) {
    CAPTURE(discount);
    check_silent(Dqn<>({.discount = discount, .track_every = 200, .critics = {.network = network, .optimizer = fast}},
                       sizes, 1));
    check_silent(FiniteIql<>({.discount = discount,
                              .target_rate = 0.05,
                              .policy_optimizer = fast,
                              .policy = {.network = network},
                              .critics = {.network = network, .optimizer = fast},
                              .value = {.network = network, .optimizer = fast}},
                             sizes, 1));
    check_silent(FiniteCql<>(
        {.discount = discount, .track_every = 200, .critics = {.network = network, .optimizer = fast}}, sizes, 1));
  }
  const AdamConfig too_fast{.learning_rate = 3e-3};
  CHECK(watched(Dqn<>({.track_every = 1, .critics = {.network = network, .optimizer = too_fast}}, sizes, 1), data)
            .explosion_step());
}

TEST_CASE("CQL and IQL balance the pole from a clumsy teacher's data, of which a clone learns to be clumsy",
          "[cart_pole][slow]") {
  Transitions<float, ActionIndices> data = clumsy(10000, 1);
  const double teacher = static_cast<double>(data.size()) / static_cast<double>((data.terminals != 0).count());
  const auto normalization = Normalization<float>::fit(data.observations);
  normalization.normalize(data);
  const auto trained = [&](auto learner) {
    train_offline(learner, data, {.steps = 4000, .batch_size = 64, .seed = 1});
    return mean_return(learner, normalization);
  };
  CHECK(teacher < 120);
  AdamConfig decaying = fast;
  decaying.decay_steps = 4000;
  CHECK(trained(FiniteBc<>({.policy_optimizer = fast, .policy = {.network = network}}, sizes, 1)) < teacher);
  CHECK(trained(FiniteIql<>({.discount = 0.9,
                             .target_rate = 0.05,
                             .policy_optimizer = decaying,
                             .policy = {.network = network},
                             .critics = {.network = network, .optimizer = fast},
                             .value = {.expectile = 0.9, .network = network, .optimizer = fast},
                             .improvement = {.temperature = 0.1}},
                            sizes, 1)) > 400);
  CHECK(trained(FiniteCql<>({.discount = 0.9,
                             .track_every = 50,
                             .critics = {.network = network, .optimizer = fast},
                             .penalty = {.alpha = 0.4}},
                            sizes, 1)) > 400);
}

TEST_CASE("DQN that explores by itself soon keeps the pole up for four times as long as chance", "[cart_pole]") {
  Dqn<> learner({.discount = 0.98, .track_every = 200, .critics = {.network = network, .optimizer = fast}}, sizes, 1);
  ReplayBuffer<float, ActionIndices> buffer(sizes, 10000);
  double best = 0;
  train_online(learner, CartPole(), buffer,
               {.steps = 6000, .random_steps = 1000, .batch_size = 64, .epsilon = 0.2, .seed = 1},
               every(1000, [&](const TrainingStep& now, const Dqn<>& seen) {
                 const double found = mean_return(seen, Normalization<float>::identity(4));
                 UNSCOPED_INFO("step " << now.step << ": return " << found);
                 best = std::max(best, found);
               }));
  CHECK(best > 4 * CartPole::references().random);
}

}  // namespace cart_pole_test
