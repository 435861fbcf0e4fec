/// \file
/// Theorem (Kostrikov et al. 2022, "Offline reinforcement learning with implicit Q-learning", section 4): IQL learns
/// without ever evaluating a Q or a V outside the data. Learners that bootstrap from their own policy evaluate actions
/// that nobody took.
#include <memory>

#include "catch.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/iql.hpp"
#include "support/random_data.hpp"

namespace in_sample_test {

using namespace holdfast;

namespace {

constexpr Sizes sizes{3, 2};

/// Counts the evaluations, and those of pairs that are not in the data.
struct Watch {
  explicit Watch(const Transitions<double>& watched) : data(watched) {}

  void ask(const Vector<double>& observation, const Vector<double>& action) {
    ++asked;
    for (Index i = 0; i < data.size(); ++i)
      if (data.observations.col(i) == observation && data.actions.col(i) == action) return;
    ++outside;
  }
  void ask(const Vector<double>& observation) {
    ++asked;
    for (Index i = 0; i < data.size(); ++i)
      if (data.observations.col(i) == observation || data.next_observations.col(i) == observation) return;
    ++outside;
  }

  const Transitions<double>& data;
  Index asked = 0;
  Index outside = 0;
};

class WatchedCritics : public Ensemble<MlpQ<double>> {
 public:
  using Ensemble<MlpQ<double>>::Ensemble;

  const Matrix<double>& values(Net net, const Matrix<double>& observations, const Matrix<double>& actions,
                               Tape& tape) const {
    const Index per_state = actions.cols() / observations.cols();
    if (watch)
      for (Index i = 0; i < actions.cols(); ++i) watch->ask(observations.col(i / per_state), actions.col(i));
    return Ensemble<MlpQ<double>>::values(net, observations, actions, tape);
  }

  std::shared_ptr<Watch> watch;
};

class WatchedV : public MlpV<double> {
 public:
  using MlpV<double>::MlpV;

  const Row<double>& values(const Matrix<double>& observations, Tape& tape) const {
    if (watch)
      for (Index i = 0; i < observations.cols(); ++i) watch->ask(observations.col(i));
    return MlpV<double>::values(observations, tape);
  }

  std::shared_ptr<Watch> watch;
};

Transitions<double> recorded() {
  constexpr Index size = 40;
  Generator generator(31);
  Transitions<double> data;
  data.observations = testing::normal_matrix(sizes.observation, size, generator);
  data.actions = testing::uniform_actions(sizes.action, size, generator);
  data.rewards = testing::normal_row(size, generator);
  data.next_observations = testing::normal_matrix(sizes.observation, size, generator);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  for (Index i = 0; i < size; i += 5) data.terminals(i) = 1;
  return data;
}

template <class Trained>
typename Trained::Config small() {
  typename Trained::Config config;
  config.policy.network.hidden = {8};
  config.critics.network.hidden = {8};
  return config;
}

/// Makes 30 updates with batches of 8.
template <class Trained>
void train(Trained& learner, const Transitions<double>& data) {
  UniformSampler sampler(32);
  Batch<double> batch;
  for (int i = 0; i < 30; ++i) {
    sampler.sample(data, 8, learner.discount(), batch);
    learner.update(batch);
  }
}

/// Returns the evaluations of a learner's critics in training.
template <class Trained>
Watch watched(const typename Trained::Config& config, const Transitions<double>& data) {
  Trained learner(config, sizes, 33);
  learner.critics().watch = std::make_shared<Watch>(data);
  train(learner, data);
  return *learner.critics().watch;
}

using Plain = Gaussian<double>;
using Squashed = TanhGaussian<double>;

}  // namespace

TEST_CASE("IQL never evaluates a Q or a V outside the data", "[theorems]") {
  using Learner = ActorCritic<Plain, WatchedCritics, Expectile<WatchedV>, NoPenalty, AdvantageWeighted>;
  const Transitions<double> data = recorded();
  auto config = small<Learner>();
  config.value.network.hidden = {8};
  Learner learner(config, sizes, 33);
  const auto q = std::make_shared<Watch>(data);
  const auto v = std::make_shared<Watch>(data);
  learner.critics().watch = q;
  learner.value().network().watch = v;
  train(learner, data);
  CHECK(q->asked >= 30 * 8 * 2);  // the targets in the step of V, the critics in their own
  CHECK(q->outside == 0);
  CHECK(v->asked >= 30 * 8 * 3);  // its own step, the backup and the advantage
  CHECK(v->outside == 0);
}

TEST_CASE("Learners that bootstrap from their policy ask for actions outside the data", "[theorems]") {
  const Transitions<double> data = recorded();
  SECTION("SAC") {
    using Learner = ActorCritic<Squashed, WatchedCritics, SoftPolicyValue, NoPenalty, SoftGreedy>;
    const Watch watch = watched<Learner>(small<Learner>(), data);
    CHECK(watch.outside == 30 * 8 * 2);  // in the backup and in the improvement
    CHECK(watch.asked - watch.outside == 30 * 8);
  }
  SECTION("AWAC, in its backup and its baseline, though it clones the data") {
    using Learner = ActorCritic<Plain, WatchedCritics, PolicyValue, NoPenalty, AdvantageWeighted>;
    const Watch watch = watched<Learner>(small<Learner>(), data);
    CHECK(watch.outside == 30 * 8 * 2);
    CHECK(watch.asked - watch.outside == 30 * 8 * 2);
  }
  SECTION("CQL, in its penalty too") {
    using Learner = ActorCritic<Squashed, WatchedCritics, PolicyValue, Conservative, SoftGreedy>;
    const Watch watch = watched<Learner>(small<Learner>(), data);
    CHECK(watch.outside == 30 * 8 * (2 + 3 * 10));
  }
  SECTION("BEAR, near the data but not in it") {
    using Learner =
        ActorCritic<Squashed, WatchedCritics, SupportedMaximum, NoPenalty, ConstrainedGreedy<MaximumMeanDiscrepancy>>;
    auto config = small<Learner>();
    config.improvement.divergence.behavior.network.hidden = {8};
    const Watch watch = watched<Learner>(config, data);
    CHECK(watch.outside == 30 * 8 * (10 + 4));
  }
}

}  // namespace in_sample_test
