#include "holdfast/learners/sac.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/recording_critics.hpp"

namespace sac_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsLearner<Sac<float>> && IsLearner<Sac<double>> && IsLearner<SacNoEntropyBackup<float>>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

template <class ValueRule>
using Recorded = ActorCritic<TanhGaussian<double>, RecordingCritics, ValueRule, NoPenalty, SoftGreedy>;

template <class ValueRule>
Recorded<ValueRule> recorded(CriticLoss loss) {
  typename Recorded<ValueRule>::Config config;
  config.critic_loss = loss;
  config.critics.network = {.hidden = {4, 3}, .activation = Activation::tanh};
  config.policy.network.hidden = {4};
  config.value.samples = 2;
  Recorded<ValueRule> learner(config, sizes, 5);
  Generator generator(6);
  for (Index i = 0; i < 2; ++i) {
    generator.fill_normal(learner.critics().member(Net::online, i).parameters());
    generator.fill_normal(learner.critics().member(Net::target, i).parameters());
  }
  return learner;
}

}  // namespace

TEMPLATE_TEST_CASE("The critics' gradient is that of the whole critic loss, the target being constant", "[sac]",
                   SoftPolicyValue, PolicyValue) {
  for (const CriticLoss loss : {CriticLoss::squared, CriticLoss::huber}) {
    Generator generator(7);
    const Batch<double> batch = random_batch(sizes, 6, generator);
    Recorded<TestType> learner = recorded<TestType>(loss);
    Recorded<TestType> updated = learner;
    updated.update(batch);
    for (Index i = 0; i < 2; ++i) {
      const auto critic_loss = [&] {
        Recorded<TestType> perturbed = learner;
        perturbed.update(batch);
        return figure(perturbed, "critic_loss");
      };
      const Vector<double> numeric =
          numeric_gradient(learner.critics().member(Net::online, i).parameters(), critic_loss);
      CHECK(numeric.norm() > 1e-2);
      CHECK(difference(updated.critics().gradients[static_cast<std::size_t>(i)], numeric) < 1e-7);
    }
  }
}

TEST_CASE("The critic loss is that of the soft backup written by hand", "[sac]") {
  Generator generator(8);
  const Batch<double> batch = random_batch(sizes, 6, generator);
  Recorded<SoftPolicyValue> learner = recorded<SoftPolicyValue>(CriticLoss::squared);
  Generator noise(5, Stream::noise);  // the stream of the learner, from its seed
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  learner.policy().propose(batch.next_observations, 2, noise, tape, proposal);
  RecordingCritics::Tape critic_tape;
  const Matrix<double> next =
      learner.critics().values(Net::target, batch.next_observations, proposal.actions, critic_tape);
  const Matrix<double> q = learner.critics().values(Net::online, batch.observations, batch.actions, critic_tape);
  double expected = 0;
  for (Index b = 0; b < 6; ++b) {
    double value = 0;
    for (Index k = 2 * b; k < 2 * b + 2; ++k)
      value += (next.col(k).minCoeff() - 1.0 * proposal.log_probs(k)) / 2;  // α = 1
    const double target = batch.rewards(b) + (b % 4 == 3 ? 0 : 0.9) * value;
    expected += (std::pow(q(0, b) - target, 2) + std::pow(q(1, b) - target, 2)) / 6;
  }
  learner.update(batch);
  CHECK(std::abs(figure(learner, "critic_loss") - expected) < 1e-12 * expected);
}

TEST_CASE("A terminal transition's target is its reward, whatever follows", "[sac]") {
  Generator generator(9);
  Batch<double> batch = random_batch(sizes, 6, generator);
  batch.continuation.setZero();
  Recorded<SoftPolicyValue> learner = recorded<SoftPolicyValue>(CriticLoss::squared);
  Recorded<SoftPolicyValue> elsewhere = learner;
  RecordingCritics::Tape tape;
  const Matrix<double> q = learner.critics().values(Net::online, batch.observations, batch.actions, tape);
  learner.update(batch);
  CHECK(std::abs(figure(learner, "critic_loss") - (q.rowwise() - batch.rewards.matrix()).squaredNorm() / 6) < 1e-12);
  batch.next_observations *= 1000;
  elsewhere.update(batch);
  CHECK(figure(elsewhere, "critic_loss") == figure(learner, "critic_loss"));
}

TEST_CASE("SAC's defaults are those of its paper", "[sac]") {
  const Sac<float>::Config config;
  CHECK(config.discount == 0.99);
  CHECK(config.target_rate == 0.005);
  CHECK(config.actor_every == 1);
  CHECK(config.critics.size == 2);
  CHECK(config.critics.network.hidden == std::vector<Index>{256, 256});
  CHECK(config.critics.network.activation == Activation::relu);
  CHECK(config.policy_optimizer.learning_rate == 3e-4);
  CHECK(config.critics.optimizer.learning_rate == 3e-4);
  CHECK(config.improvement.temperature_optimizer.learning_rate == 3e-4);
}

TEST_CASE("SAC learns the value of one-step rewards and its policy seeks them", "[sac]") {
  // Every transition is terminal and r = −(a − ½)²: Q is that reward, and with a small temperature the policy's mode is
  // ½.
  Generator generator(10);
  Batch<double> batch = random_batch({.observation = 1, .action = 1}, 128, generator);
  batch.rewards = -(batch.actions.row(0).array() - 0.5).square();
  batch.continuation.setZero();
  Sac<double>::Config config;
  config.policy.network.hidden = {16};
  config.critics.network.hidden = {32};
  config.policy_optimizer.learning_rate = config.critics.optimizer.learning_rate = 3e-3;
  config.improvement.initial_temperature = 0.01;
  config.improvement.learn_temperature = false;
  Sac<double> learner(config, {.observation = 1, .action = 1}, 1);
  for (int i = 0; i < 1500; ++i) learner.update(batch);
  CHECK(figure(learner, "critic_loss") < 0.01);
  TanhGaussian<double>::Tape tape;
  Matrix<double> actions;
  learner.policy().mode(batch.observations, tape, actions);
  CHECK(std::abs(actions.mean() - 0.5) < 0.1);
}

}  // namespace sac_test
