/// \file
/// Tests fits by gradient descent: neural FQE against exact values, and the cloned behavior policy against the one that
/// acted.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/behavior.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/neural_fqe.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"

namespace fitted_values_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Data = Transitions<double, ActionIndices>;

TabularMdp world() {
  Generator generator(5);
  return random_mdp({.states = 4, .actions = 2, .branching = 2, .rewards = RewardLaw::uniform}, generator);
}

}  // namespace

TEST_CASE("A trained network says what exact evaluation says, with a horizon and without", "[evaluators][slow]") {
  const TabularMdp mdp = world();
  const Matrix<double> behavior = Matrix<double>::Constant(2, 4, 0.5);
  const Matrix<double> target{{.9, .2, .8, .1}, {.1, .8, .2, .9}};
  auto policy = tabular_policy(target);
  const NeuralFqeOptions options{
      .steps = 4000, .batch_size = 128, .hidden = {32, 32}, .learning_rate = 2e-3, .target_rate = 0.1};
  for (const Estimand estimand : {Estimand{0.9, 5}, Estimand{0.8, 0}}) {
    const Episodes episodes(record(mdp, behavior, 2000, 5, 1));
    const Data& data = episodes.data;
    const NeuralFqe fqe(episodes, policy, estimand, options);
    const ActionValues values = fqe.values(episodes);
    const Vector<double> truth = exact_value(mdp, target, estimand);
    const Trajectories& ranges = episodes.trajectories;
    for (Index i = 0; i < 50; ++i) {
      const Vector<double> first = data.observations.col(ranges[i].begin);
      CHECK(values.initial(i) == Approx(first.dot(truth)).epsilon(0.06));
    }
    const Index last = ranges.front().end - 1;  // cut by a time-out: its end has a value only without a horizon
    CHECK((values.next(last) == 0) == !estimand.infinite());
    if (estimand.infinite())
      CHECK(values.next(last) == Approx(data.next_observations.col(last).dot(truth)).epsilon(0.06));
    const Estimand after{estimand.discount, estimand.infinite() ? 0 : estimand.horizon - 1};
    const Vector<double> later = exact_value(mdp, target, after);
    for (Index i = 0; i < 50; ++i) {
      const Index row = ranges[i].begin;
      CHECK(values.next(row) == Approx(data.next_observations.col(row).dot(later)).epsilon(0.06));
    }
    CHECK(values.estimand == estimand);
    CHECK_THROWS_WITH(NeuralFqe(episodes, policy, {0.9, 4}, options),
                      Contains("expected at most 4 steps, the horizon"));
  }
}

TEST_CASE("The evaluated policy sees its own normalization, whatever the critic's", "[evaluators]") {
  Generator generator(2);
  const Normalization<double> own{Vector<double>::Constant(3, 0.5), Vector<double>::Constant(3, 2)};
  const Normalization<double> seen{Vector<double>::Constant(3, -1), Vector<double>::Constant(3, 0.25)};
  TabularCategorical<double> policy({}, {3, 2}, generator);
  generator.fill_normal(policy.parameters());
  DeployedPolicy<TabularCategorical<double>> deployed(policy, own);
  const FixedPolicy<TabularCategorical<double>> fixed(deployed, seen);
  Matrix<double> raw(3, 5);
  generator.fill_normal(raw);
  Matrix<double> wide = Matrix<double>::Constant(4, 5, 7);  // plus a feature that only the critic has
  wide.topRows(3) = raw;
  seen.apply(wide.topRows(3));
  FixedPolicy<TabularCategorical<double>>::Tape tape;
  Proposal<double, ActionIndices> found;
  fixed.propose(wide, 1, generator, tape, found);
  const auto& expected = deployed.propose(raw, 1, generator);
  CHECK((found.weights - expected.weights).abs().maxCoeff() < 1e-12);
  CHECK_THROWS_WITH((FixedPolicy<TabularCategorical<double>>(deployed, Normalization<double>::identity(2))),
                    Contains("expected 2 observation features, as the data has, found 3"));
}

TEST_CASE("A cloned behavior is the one that acted", "[evaluators][slow]") {
  SECTION("of finite actions") {
    const Matrix<double> behavior{{.9, .3, .6, .5}, {.1, .7, .4, .5}};
    const Data data = record(world(), behavior, 1500, 5, 2);
    const Row<double> found =
        estimated_log_probs(Episodes(data), {.steps = 1500, .batch_size = 128, .hidden = {16}, .learning_rate = 5e-3});
    CHECK((found - data.action_log_probs).abs().mean() < 0.08);
  }
  SECTION("of continuous actions") {
    Generator generator(3);
    constexpr Index size = 4000;
    Transitions<double> data;
    data.observations.resize(1, size);
    data.actions.resize(1, size);
    data.action_log_probs.resize(size);
    for (Index i = 0; i < size; ++i) {
      const double s = data.observations(0, i) = generator.uniform(-1, 1);
      const double noise = generator.normal();
      const double u = 0.8 * s + 0.4 * noise;
      data.actions(0, i) = std::tanh(u);
      data.action_log_probs(i) = -0.5 * noise * noise - std::log(0.4) - 0.5 * std::log(2 * std::numbers::pi) -
                                 std::log(1 - std::pow(std::tanh(u), 2));
    }
    data.next_observations = data.observations;
    data.rewards.setZero(size);
    data.terminals.setOnes(size);
    data.timeouts.setZero(size);
    const Row<double> found =
        estimated_log_probs(Episodes(data), {.steps = 2000, .batch_size = 128, .hidden = {16}, .learning_rate = 5e-3});
    CHECK((found - data.action_log_probs).abs().mean() < 0.08);
  }
}

TEST_CASE("Counted behavior is the worked one, and an action that others never took is refused", "[evaluators]") {
  const TwoStepExample example;
  Data data;
  data.action_count = 2;
  data.observations = one_hot<double>(example.states, 2);
  data.next_observations = data.observations;
  data.actions = example.actions;
  data.rewards = example.taken(example.rewards);
  data.timeouts = Flags{{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}};
  data.terminals = Flags::Zero(12);
  const Matrix<double> counted{{.6, 4.0 / 7}, {.4, 3.0 / 7}};
  CHECK((counted_log_probs(Episodes(data)).exp() - example.taken(counted)).abs().maxCoeff() < 1e-12);
  const Matrix<double> smoothed{{4.0 / 7, 5.0 / 9}, {3.0 / 7, 4.0 / 9}};
  CHECK((counted_log_probs(Episodes(data), 1, 1).exp() - example.taken(smoothed)).abs().maxCoeff() < 1e-12);
  const Data single = data.select(std::vector<Index>{0, 1, 2, 3});
  CHECK_THROWS_WITH(counted_log_probs(Episodes(single), 2), Contains("in the others; smooth the counts"));
  // With two folds, each fold is evaluated with the counts of the other.
  const auto ranges = recorded_trajectories(data);
  const std::vector<Index> folds = assign_folds(ranges.size(), 2, 9);
  std::vector<Index> fold;  // of each row
  for (Index i = 0; i < ranges.size(); ++i)
    for (Index row = ranges[i].begin; row < ranges[i].end; ++row) fold.push_back(folds[static_cast<std::size_t>(i)]);
  const Row<double> crossed = counted_log_probs(Episodes(data), 2, 1, 9);
  for (Index i = 0; i < 12; ++i) {
    Matrix<double> counts = Matrix<double>::Ones(2, 2);
    for (Index j = 0; j < 12; ++j)
      if (fold[static_cast<std::size_t>(j)] != fold[static_cast<std::size_t>(i)])
        ++counts(example.actions(j), example.states(j));
    const auto in_state = counts.col(example.states(i));
    CHECK(std::exp(crossed(i)) == Approx(in_state(example.actions(i)) / in_state.sum()));
  }
  CHECK_THROWS_WITH(counted_log_probs(Episodes(data), 1, -1), Contains("smoothing must be"));
}

TEST_CASE("A Q that was hardly trained is told of, a trained one is not", "[evaluators][slow]") {
  const TabularMdp mdp = world();
  const Matrix<double> behavior = Matrix<double>::Constant(2, 4, 0.5);
  auto policy = tabular_policy(Matrix<double>{{.9, .2, .8, .1}, {.1, .8, .2, .9}});
  for (const Estimand estimand : {Estimand{0.9, 5}, Estimand{0.8, 0}}) {
    const Episodes episodes(record(mdp, behavior, 300, 5, 1));
    const Data& data = episodes.data;
    const EvaluationLog log = make_log(episodes, estimand, log_probs(policy, data), recorded_log_probs(data));
    const auto warnings = [&](Index steps) {
      const NeuralFqe fqe(
          episodes, policy, estimand,
          {.steps = steps, .batch_size = 128, .hidden = {32, 32}, .learning_rate = 2e-3, .target_rate = 0.1});
      return OffPolicyEvaluation<Data>(data, log, fqe.values(episodes)).estimate("dm").warnings;
    };
    for (const Index steps : {1, 20}) {
      REQUIRE(warnings(steps).size() == 1);
      CHECK_THAT(warnings(steps).front(), Contains("Q does not fit the data") && Contains("not trained long enough"));
    }
    CHECK(warnings(2000).empty());
  }
}

}  // namespace fitted_values_test
