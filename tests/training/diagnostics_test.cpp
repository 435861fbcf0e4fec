/// \file
/// Tests the measurements of a learner and the alarms: silent for healthy learners, early for those that will diverge.
#include "holdfast/training/diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"

namespace diagnostics_test {

using namespace holdfast;

namespace {

constexpr Sizes sizes{6, 3};
constexpr double discount = 0.99;

Sac<>::Config small_config() {
  return {.policy = {.network = {.hidden = {64, 64}}}, .critics = {.network = {.hidden = {64, 64}}}};
}

Transitions<float> scripted_data(Index steps) {
  const MassChain environment;
  Generator noise(2, Stream::noise);
  Vector<double> action(3);
  return collect<float>(environment, steps, 1,
                        [&](const Matrix<float>& observation, Matrix<float>& out) -> std::optional<float> {
                          environment.scripted(observation.col(0).cast<double>(), action);
                          for (Index j = 0; j < 3; ++j)
                            out(j, 0) = static_cast<float>(std::clamp(action(j) + 0.1 * noise.normal(), -1.0, 1.0));
                          return std::nullopt;
                        });
}

// Returns a detector that observed offline training on `data` every 250 steps.
template <class Learner>
ExplosionDetector watch(Learner& learner, const Transitions<float>& data, Index steps) {
  const Probe<float> probe(data, discount);
  ExplosionDetector detector(attainable_values(MassChain().reward_range(), discount));
  train_offline(learner, data, {.steps = steps, .batch_size = 128, .seed = 1},
                every(250, [&](const TrainingStep& now, const Learner& seen) {
                  detector.observe(now.step, probe.measure(seen).predicted);
                }));
  return detector;
}

}  // namespace

TEST_CASE("A probe measures the error of the critics, and of the policy's actions") {
  const Transitions<float> data = scripted_data(200);
  const Probe<float> probe(data, 0, 16);
  auto config = small_config();
  config.discount = 0;  // the target is the reward
  Sac<> learner(config, sizes, 1);
  const Diagnostics before = probe.measure(learner);
  train_offline(learner, data, {.steps = 300, .batch_size = 64, .seed = 1});
  CHECK(probe.measure(learner).bellman_error < before.bellman_error / 2);
  Bc<> clone({.policy = small_config().policy}, sizes, 1);
  const Diagnostics untrained = probe.measure(clone);
  train_offline(clone, data, {.steps = 500, .batch_size = 64, .seed = 1});
  const Diagnostics trained = probe.measure(clone);
  CHECK(trained.action_error < untrained.action_error / 2);
  CHECK(trained.action_error >= trained.action_distance - 1.0);
  CHECK(trained.bellman_error == 0);

  // By hand: the data's rewards are 1, every critic is 0 and so is what it bootstraps from, so that y = 1.
  Sac<> zero(small_config(), sizes, 1);
  Transitions<float> ones = data;
  ones.rewards.setOnes();
  ones.terminals.setOnes();
  zero.critics().member(Net::online, 0).parameters().setZero();
  zero.critics().member(Net::online, 1).parameters().setZero();
  CHECK(Probe<float>(ones, discount, 16).measure(zero).bellman_error == 1);
}

TEST_CASE("A probe tells whether a penalty lowers Q") {
  const Transitions<float> data = scripted_data(50);
  const Probe<float> probe(data, discount, 8);
  const auto config = small_config();
  CHECK(probe.measure(Cql<>({.policy = config.policy, .critics = config.critics}, sizes, 1)).predicted.lowered);
  CHECK_FALSE(probe.measure(Sac<>(config, sizes, 1)).predicted.lowered);
}

TEST_CASE("The data's rewards are a scale, unless all are 0") {
  Transitions<float> data;
  data.rewards = Row<float>{{-3, 1, 2}};
  const auto range = plausible_values(data, 0.5);
  REQUIRE(range);
  CHECK(range->lowest == -6);
  CHECK(range->highest == 6);
  data.rewards.setZero();
  CHECK_FALSE(plausible_values(data, 0.5));
}

TEST_CASE("A probe measures distances to the data's nearby actions and the critics' minimum") {
  // Two clusters of states, each with its own action: nearby means the same cluster.
  Transitions<float> data;
  data.observations = Matrix<float>::Zero(1, 40);
  data.observations.rightCols(20).setOnes();
  data.actions = Matrix<float>::Constant(1, 40, -0.5F);
  data.actions.rightCols(20).setConstant(0.5F);
  data.rewards = Row<float>::Ones(40);
  data.next_observations = data.observations;
  data.terminals = Flags::Zero(40);
  data.timeouts = Flags::Zero(40);
  const Probe<float> probe(data, 0.5, 16, 5, 3);
  CHECK(probe.data_distance() == 0);

  Generator generator(1, Stream::initialization);
  BcOf<Deterministic<>> zero({.policy = {.network = {.hidden = {}, .output_initializer = Initializer::zero}}}, {1, 1},
                             1);
  const Diagnostics of_zero = probe.measure(zero);
  CHECK(std::abs(of_zero.action_distance - 0.5) < 1e-6);
  CHECK(of_zero.q_policy_mean == 0);

  Sac<> learner({.policy = {.network = {.hidden = {4}}}, .critics = {.network = {.hidden = {4}}}}, {1, 1}, 5);
  const Diagnostics measured = probe.measure(learner);
  Ensemble<MlpQ<>>::Tape tape;
  const Matrix<float> q =
      learner.critics().values(Net::online, probe.batch().observations, probe.batch().actions, tape);
  CHECK(std::abs(measured.q_data_mean - static_cast<double>(q.colwise().minCoeff().mean())) < 1e-6);
  CHECK(std::abs(measured.q_data_max - static_cast<double>(q.colwise().minCoeff().maxCoeff())) < 1e-6);
  CHECK(measured.temperature == 1);
  CHECK(measured.predicted.reward == 1);
  CHECK(std::abs(measured.predicted.entropy_bonus - std::numbers::ln2) < 1e-6);
  CHECK(probe.measure(learner).q_policy_mean == measured.q_policy_mean);  // the same draws each time

  data.resize(5);
  CHECK_THROWS_WITH((Probe<float>(data, 0.5, 16, 5)), Contains("more than 5"));
  CHECK_THROWS_WITH((Probe<float>(data, 0.5, 0, 5)), Contains("states"));
  CHECK_THROWS_WITH((Probe<float>(data, 0.5, 16, 0)), Contains("neighbors"));
  CHECK_THROWS_WITH((Probe<float>(data, 1.5, 16, 2)), Contains("discount"));
}

TEST_CASE("A transition is not its own neighbor in a probe") {
  // States and actions in a row: the nearest other one is a step away.
  Transitions<double> data;
  data.observations = Row<double>::LinSpaced(40, 0, 39).matrix();
  data.actions = data.observations / 64;
  data.rewards = Row<double>::Ones(40);
  data.next_observations = data.observations;
  data.terminals = Flags::Zero(40);
  data.timeouts = Flags::Zero(40);
  CHECK(Probe<double>(data, 0.5, 64, 1).data_distance() == 1.0 / 64);
  CHECK(Probe<double>(data, 0.5, 64, 3).data_distance() == 1.0 / 64);
}

TEST_CASE("States nearby are those whose standardized observations are") {
  Generator generator(4, Stream::noise);
  Transitions<double> data;
  data.observations = Matrix<double>::NullaryExpr(3, 300, [&] { return generator.normal(); });
  data.observations.row(1) *= 1000;
  data.actions = Matrix<double>::NullaryExpr(2, 300, [&] { return generator.normal(); });
  data.rewards = Row<double>::Ones(300);
  data.next_observations = data.observations;
  data.terminals = Flags::Zero(300);
  data.timeouts = Flags::Zero(300);
  const Probe<double> probe(data, 0.5, 20, 7);
  Matrix<double> standardized = data.observations;
  Normalization<double>::fit(data.observations).apply(standardized);
  double total = 0;
  for (const auto& observation : probe.batch().observations.colwise()) {
    Index own = 0;
    (data.observations.colwise() - observation).colwise().squaredNorm().minCoeff(&own);
    std::vector<std::pair<double, double>> others;  // distances of states and of actions
    for (Index i = 0; i < 300; ++i)
      if (i != own)
        others.emplace_back((standardized.col(i) - standardized.col(own)).norm(),
                            (data.actions.col(i) - data.actions.col(own)).norm());
    std::sort(others.begin(), others.end());
    double nearest = others[0].second;
    for (std::size_t i = 1; i < 7; ++i) nearest = std::min(nearest, others[i].second);
    total += nearest / 20;
  }
  CHECK(std::abs(probe.data_distance() - total) < 1e-12);
}

TEST_CASE("A probe of finite actions measures exact expectations, and the share of actions not taken nearby") {
  // Two one-hot states of three actions: the first took 0 and 1, the second only 2.
  Transitions<double, ActionIndices> data;
  data.observations = Matrix<double>::Zero(2, 40);
  data.observations.topLeftCorner(1, 20).setOnes();
  data.observations.bottomRightCorner(1, 20).setOnes();
  data.actions = ActionIndices::Constant(40, 2);
  for (Index i = 0; i < 20; ++i) data.actions(i) = i % 2;
  data.action_count = 3;
  data.rewards = Row<double>::Ones(40);
  data.next_observations = data.observations;
  data.terminals = Flags::Zero(40);
  data.timeouts = Flags::Zero(40);
  const Probe<double, ActionIndices> probe(data, 0.5, 64, 19, 3);
  CHECK(probe.data_distance() == 0);
  const double first = probe.batch().observations.row(0).mean();  // share of the first state
  REQUIRE(first > 0);
  REQUIRE(first < 1);
  const auto share = [&](double of_first, double of_second) { return first * of_first + (1 - first) * of_second; };

  using TableOf = Matrix<double>;  // actions × states
  SECTION("of a policy") {
    FiniteSac<Table<double>> learner({}, {2, 3}, 1);
    const TableOf policy{{0.5, 0.2}, {0.2, 0.1}, {0.3, 0.7}};
    learner.policy().parameters() = policy.array().log().matrix().reshaped();
    learner.critics().member(Net::online, 0).parameters() = TableOf{{1, 5}, {9, 6}, {3, 7}}.reshaped();
    learner.critics().member(Net::online, 1).parameters() = TableOf{{4, 9}, {2, 8}, {8, 9}}.reshaped();  // min: 123 567
    const Diagnostics found = probe.measure(learner);
    CHECK(std::abs(found.action_distance - share(0.3, 0.3)) < 1e-12);
    const TableOf information = -policy.array() * policy.array().log();
    CHECK(std::abs(found.entropy - share(information.col(0).sum(), information.col(1).sum())) < 1e-12);
    CHECK(std::abs(found.q_policy_mean - share(0.5 + 0.4 + 0.9, 1 + 0.6 + 4.9)) < 1e-12);
    CHECK(std::abs(found.q_policy_max - 6.5) < 1e-12);
    CHECK(found.q_data_max == 7);
    // The largest entropy, backed up: γ α ln A / (1 − γ).
    CHECK(std::abs(found.predicted.entropy_bonus - found.temperature * std::log(3.0)) < 1e-12);
  }
  SECTION("of DQN, by what it acts") {
    Dqn<Table<double>> learner({}, {2, 3}, 1);
    learner.critics().member(Net::online, 0).parameters() = TableOf{{1, 8}, {2, 6}, {3, 7}}.reshaped();
    const Diagnostics found = probe.measure(learner);
    CHECK(found.action_distance == 1);  // 2 in the first state, 0 in the second
    CHECK(found.entropy == 0);
    CHECK(std::abs(found.q_policy_mean - share(3, 8)) < 1e-12);
    CHECK(found.q_policy_max == 8);
    // b + (y − b) / (1 − γ) with y = 1 + γ max Q and γ = ½.
    CHECK(std::abs(found.predicted.implied_value - (2 * (1 + 0.5 * share(3, 8)) - found.q_data_mean)) < 1e-12);
    learner.critics().member(Net::online, 0).parameters() = TableOf{{1, 6}, {4, 6}, {3, 7}}.reshaped();
    CHECK(probe.measure(learner).action_distance == 0);
  }
}

TEST_CASE("Offline SAC on narrow data: the warning comes, then Q leaves what is attainable", "[slow]") {
  const Transitions<float> data = scripted_data(10000);
  Sac<> soft(small_config(), sizes, 1);
  const ExplosionDetector with_entropy = watch(soft, data, 12000);
  REQUIRE(with_entropy.explosion_step());
  REQUIRE(with_entropy.warning_step());
  CHECK(*with_entropy.warning_step() < *with_entropy.explosion_step());

  const auto config = small_config();
  SacNoEntropyBackup<> plain({.policy = config.policy, .critics = config.critics}, sizes, 1);
  const ExplosionDetector without_entropy = watch(plain, data, 12000);
  REQUIRE(without_entropy.explosion_step());
  REQUIRE(without_entropy.warning_step());
  CHECK(*without_entropy.warning_step() < *without_entropy.explosion_step());
}

TEST_CASE("Healthy learners raise no alarm: SAC online, SAC on its own replay data, cloning", "[slow]") {
  const MassChain environment;
  Sac<> online(small_config(), sizes, 2);
  ReplayBuffer<float> buffer(sizes, 10000);
  train_online(online, environment, buffer, {.steps = 10000, .batch_size = 128, .seed = 2});
  DeployedPolicy<TanhGaussian<>> policy(online.policy(), Normalization<float>::identity(6));
  // It did learn: a healthy learner that learned nothing would prove nothing.
  REQUIRE(normalized_score(environment.references(), episode_returns(policy, environment, 20, 1).mean()) > 80);

  const Transitions<float> replay = buffer.transitions();
  Sac<> offline(small_config(), sizes, 3);
  const ExplosionDetector on_replay = watch(offline, replay, 12000);
  CHECK_FALSE(on_replay.warning_step());
  CHECK_FALSE(on_replay.explosion_step());

  const Transitions<float> narrow = scripted_data(5000);
  Bc<> clone({.policy = small_config().policy}, sizes, 1);
  CHECK_FALSE(watch(clone, narrow, 2000).warning_step());
}

TEST_CASE("CQL raises no alarm on narrow data", "[slow]") {
  const Transitions<float> narrow = scripted_data(5000);
  const auto config = small_config();
  Cql<> learner({.policy = config.policy, .critics = config.critics, .penalty = {.alpha = 5}}, sizes, 1);
  const ExplosionDetector detector = watch(learner, narrow, 3000);
  CHECK_FALSE(detector.warning_step());
  CHECK_FALSE(detector.explosion_step());
}

TEST_CASE("SAC raises no alarm while it learns online", "[slow]") {
  const MassChain environment;
  Sac<> learner(small_config(), sizes, 4);
  ReplayBuffer<float> buffer(sizes, 12000);
  ExplosionDetector detector(attainable_values(environment.reward_range(), discount));
  train_online(learner, environment, buffer, {.steps = 12000, .batch_size = 128, .seed = 4},
               every(500, [&](const TrainingStep& now, const Sac<>& seen) {
                 if (now.step < 1000) return;
                 detector.observe(now.step, Probe<float>(buffer.transitions(), discount).measure(seen).predicted);
               }));
  CHECK_FALSE(detector.warning_step());
  CHECK_FALSE(detector.explosion_step());
}

}  // namespace diagnostics_test
