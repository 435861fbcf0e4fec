/// \file
/// Shows why a backup with unseen actions fails (Fujimoto et al. 2019, "Off-policy deep reinforcement learning without
/// exploration", section 3; Kumar et al. 2019, "BEAR", section 4), in its smallest exact form. There is one state
/// forever, no reward, and the action 0 is all that the data holds: every value is 0. The critic Q(s, a) = θ₀ + θ₁
/// a + θ₂ a² starts with θ₁ = 1, which no data ever corrects. A greedy policy follows it to a ≈ 1, and the backup θ₀ ←
/// γ (θ₀ + θ₁ E_π[a]) rises to γ E_π[a] / (1 − γ). In-sample learning has no such term.
#include <cmath>

#include "catch.hpp"
#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/expectile.hpp"
#include "holdfast/values/policy_value.hpp"
#include "support/bandit.hpp"
#include "support/scalar_quadratic_q.hpp"

namespace unseen_actions_test {

using namespace holdfast;

namespace {

using Lines = Ensemble<testing::ScalarQuadraticQ>;
constexpr double discount = 0.9;

struct Outcome {
  double constant;  ///< θ₀ = Q(s, 0)
  double slope;     ///< θ₁
  double action;    ///< mean over the policy's actions
};

template <class Trained>
Outcome train(typename Trained::Config config) {
  Batch<double> batch = testing::bandit<double>(Row<double>::Zero(8), Row<double>::Zero(8));
  batch.observations.setZero();  // so that θ₀ alone is the value of the state
  batch.next_observations.setZero();
  batch.continuation.setConstant(discount);
  config.discount = discount;
  config.target_rate = 0.1;
  config.policy.network.hidden = {};
  config.policy_optimizer.learning_rate = 0.01;
  using Actor = typename Trained::PolicyType;
  Generator generator(81, Stream::initialization);
  const Actor policy(config.policy, {1, 1}, generator);
  Vector<double> parameters = Vector<double>::Zero(6);
  parameters(2) = 1;
  Trained learner(config, policy, Lines({testing::ScalarQuadraticQ(parameters)}, {.learning_rate = 0.01}), {1, 1}, 82);
  for (int i = 0; i < 5000; ++i) learner.update(batch);
  typename Actor::Tape tape;
  Proposal<double> proposal;
  learner.policy().propose(Matrix<double>::Zero(1, 1), 2000, generator, tape, proposal);
  const Vector<double>& theta = learner.critics().member(Net::online, 0).parameters();
  return {theta(0), theta(2), proposal.actions.mean()};
}

template <class Config>
Config greedy() {
  Config config;
  config.improvement.learn_temperature = false;
  config.improvement.initial_temperature = 0.01;
  return config;
}

}  // namespace

TEST_CASE("A backup from unseen actions climbs to a value that does not exist", "[theorems]") {
  using Greedy = ActorCritic<TanhGaussian<double>, Lines, PolicyValue, NoPenalty, SoftGreedy>;
  const Outcome found = train<Greedy>(greedy<Greedy::Config>());
  CAPTURE(found.constant, found.slope, found.action);
  CHECK(found.slope == 1);
  CHECK(found.action > 0.95);
  CHECK(std::abs(found.constant - discount / (1 - discount) * found.action) < 0.1);
}

TEST_CASE("What is learned in-sample from the same data and the same critic is exact", "[theorems]") {
  using InSample = ActorCritic<Gaussian<double>, Lines, Expectile<MlpV<double>>, NoPenalty, AdvantageWeighted>;
  InSample::Config config;
  config.value.network.hidden = {};
  config.value.optimizer.learning_rate = 0.01;
  const Outcome found = train<InSample>(config);
  CAPTURE(found.constant, found.slope, found.action);
  CHECK(found.slope == 1);
  CHECK(std::abs(found.constant) < 1e-3);
}

TEST_CASE("A conservative penalty on the same backup takes the promise away", "[theorems]") {
  using Cautious = ActorCritic<TanhGaussian<double>, Lines, PolicyValue, Conservative, SoftGreedy>;
  auto config = greedy<Cautious::Config>();
  config.penalty.alpha = 1;
  const Outcome found = train<Cautious>(config);
  CAPTURE(found.constant, found.slope, found.action);
  CHECK(std::abs(found.slope) < 0.1);
  CHECK(found.constant < 0);
}

}  // namespace unseen_actions_test
