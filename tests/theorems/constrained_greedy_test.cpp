/// \file
/// Theorem (Kumar et al. 2019, "Stabilizing off-policy Q-learning via bootstrapping error reduction", equation 5; the
/// Karush–Kuhn–Tucker conditions). Dual ascent converges to a point at which the divergence from the data is at its
/// bound and the multiplier is positive and finite. So the policy stays near the data, whatever the critics promise
/// beyond it. Without the constraint it leaves the data.
///
/// In each state the data is uniform on an interval. The critic Q(s, a) = a, which the data's rewards teach, promises
/// ever more beyond the interval. The theorem needs the Lagrangian to have its minimum at the bound. The KL divergence
/// is convex in the policy's mean and satisfies this for any number of states. A discrepancy is convex only near the
/// data: with a Laplacian kernel, or far from the data, it is concave, there is a duality gap and the multiplier
/// cycles. One multiplier bounds the mean over states, so that a discrepancy may let one state leave while another
/// stays. BEAR is therefore tested with one state and a Gaussian kernel.
#include "holdfast/improvements/constrained_greedy.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/maximum_mean_discrepancy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/supported_maximum.hpp"
#include "support/figures.hpp"

namespace constrained_greedy_test {

using namespace holdfast;

namespace {

using Twin = Ensemble<MlpQ<double>>;
template <class Divergence>
using Constrained = ActorCritic<TanhGaussian<double>, Twin, SupportedMaximum, NoPenalty, ConstrainedGreedy<Divergence>>;

constexpr Index per_state = 8;

struct Support {
  double lowest, highest;
};
using Supports = std::vector<Support>;
const Supports one_state{{0.2, 0.6}};
const Supports two_states{{-0.6, -0.2}, {0, 0.4}};

/// Returns terminal transitions of one-hot states, with actions evenly over their supports and the action as the
/// reward.
Batch<double> recorded(const Supports& supports) {
  const auto states = static_cast<Index>(supports.size());
  const Index size = states * per_state;
  Batch<double> batch;
  batch.observations.setZero(states, size);
  batch.actions.resize(1, size);
  for (Index i = 0; i < size; ++i) {
    const Index state = i / per_state;
    const Support& support = supports[static_cast<std::size_t>(state)];
    const double share = (static_cast<double>(i % per_state) + 0.5) / static_cast<double>(per_state);
    batch.observations(state, i) = 1;
    batch.actions(0, i) = support.lowest + share * (support.highest - support.lowest);
  }
  batch.rewards = batch.actions.row(0).array();
  batch.continuation = Row<double>::Zero(size);
  batch.next_observations = batch.observations;
  return batch;
}

template <class Config>
Config linear() {
  Config config;
  config.policy.network.hidden = {};
  config.critics.network.hidden = {};
  config.critics.optimizer.learning_rate = 0.01;
  config.policy_optimizer.learning_rate = 3e-3;
  return config;
}

template <class Divergence>
typename Constrained<Divergence>::Config constrained(double threshold) {
  auto config = linear<typename Constrained<Divergence>::Config>();
  config.improvement.threshold = threshold;
  config.improvement.initial_multiplier = 1;
  config.improvement.multiplier_optimizer.learning_rate = 3e-3;
  return config;
}

Constrained<MaximumMeanDiscrepancy>::Config bear(double threshold) {
  auto config = constrained<MaximumMeanDiscrepancy>(threshold);
  config.improvement.divergence.kernel = Kernel::gaussian;
  config.improvement.divergence.width = 1;
  config.improvement.divergence.behavior.network.hidden = {16};
  config.improvement.divergence.behavior.kl_weight = 0.01;
  config.improvement.divergence.behavior.optimizer.learning_rate = 3e-3;
  return config;
}

Constrained<KullbackLeibler>::Config kullback_leibler(double threshold) {
  auto config = constrained<KullbackLeibler>(threshold);
  config.improvement.divergence.behavior_optimizer.learning_rate = 3e-3;
  return config;
}

/// The state at the end of training: means over the last `watched` updates.
struct Outcome {
  double divergence = 0;
  double multiplier = 0;
  std::vector<double> mean;    ///< mean of the policy's actions, for each state
  std::vector<double> inside;  ///< share of the policy's actions within the state's support
};

template <class Trained>
Outcome train(const typename Trained::Config& config, const Supports& supports) {
  constexpr int updates = 6000;
  constexpr int watched = 2000;
  const auto states = static_cast<Index>(supports.size());
  const Batch<double> batch = recorded(supports);
  Trained learner(config, {states, 1}, 61);
  Outcome outcome;
  for (int i = 0; i < updates; ++i) {
    learner.update(batch);
    if (i < updates - watched) continue;
    outcome.divergence += testing::figure(learner, "divergence") / watched;
    outcome.multiplier += testing::figure(learner, "multiplier") / watched;
  }
  // The first critic has learned Q(s, a) = a, beyond the data as well.
  CHECK(std::abs(learner.critics().member(Net::online, 0).parameters()(states) - 1) < 0.01);
  constexpr Index draws = 2000;
  outcome.mean.resize(supports.size());
  outcome.inside.resize(supports.size());
  Generator generator(62, Stream::evaluation);
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  learner.policy().propose(Matrix<double>::Identity(states, states), draws, generator, tape, proposal);
  for (Index i = 0; i < proposal.actions.cols(); ++i) {
    const auto state = static_cast<std::size_t>(i / draws);
    const double action = proposal.actions(0, i);
    const bool within = action >= supports[state].lowest && action <= supports[state].highest;
    outcome.mean[state] += action / draws;
    outcome.inside[state] += (within ? 1.0 : 0.0) / draws;
  }
  return outcome;
}

void check_outside(const Outcome& outcome) {
  for (std::size_t state = 0; state < outcome.mean.size(); ++state) {
    CAPTURE(state, outcome.mean[state], outcome.inside[state]);
    CHECK(outcome.mean[state] > 0.9);
    CHECK(outcome.inside[state] < 0.01);
  }
}

/// Checks complementary slackness, and that the policy is in the upper half of the support, where Q is largest.
void check_inside(const Outcome& outcome, double threshold, const Supports& supports) {
  CAPTURE(outcome.divergence, outcome.multiplier);
  CHECK(outcome.divergence < 1.03 * threshold);
  CHECK(outcome.divergence > 0.97 * threshold);
  CHECK(outcome.multiplier > 0.05);
  CHECK(outcome.multiplier < 5);
  for (std::size_t state = 0; state < supports.size(); ++state) {
    CAPTURE(state, outcome.mean[state], outcome.inside[state]);
    CHECK(outcome.mean[state] > (supports[state].lowest + supports[state].highest) / 2);
    CHECK(outcome.mean[state] < supports[state].highest);
    CHECK(outcome.inside[state] > 0.8);
  }
}

}  // namespace

TEST_CASE("BEAR's dual ascent keeps the discrepancy at its bound and the policy in the data's support", "[theorems]") {
  constexpr double threshold = 0.15;
  check_inside(train<Constrained<MaximumMeanDiscrepancy>>(bear(threshold), one_state), threshold, one_state);
}

TEST_CASE("Dual ascent on the KL divergence keeps it at its bound and the policy in the data's support", "[theorems]") {
  constexpr double threshold = 0.1;
  check_inside(train<Constrained<KullbackLeibler>>(kullback_leibler(threshold), two_states), threshold, two_states);
}

TEST_CASE("Without the constraint the same learner leaves the data for what the critics promise", "[theorems]") {
  SECTION("BEAR with a multiplier of almost nothing") {
    auto config = bear(0.15);
    config.improvement.learn_multiplier = false;
    config.improvement.initial_multiplier = 1e-6;
    check_outside(train<Constrained<MaximumMeanDiscrepancy>>(config, two_states));
  }
  SECTION("a KL divergence at a price of almost nothing") {
    auto config = kullback_leibler(0.1);
    config.improvement.learn_multiplier = false;
    config.improvement.initial_multiplier = 1e-6;
    check_outside(train<Constrained<KullbackLeibler>>(config, two_states));
  }
  SECTION("SAC") {
    using SoftActorCritic = ActorCritic<TanhGaussian<double>, Twin, SoftPolicyValue, NoPenalty, SoftGreedy>;
    auto config = linear<SoftActorCritic::Config>();
    config.improvement.learn_temperature = false;
    config.improvement.initial_temperature = 0.01;
    check_outside(train<SoftActorCritic>(config, two_states));
  }
}

}  // namespace constrained_greedy_test
