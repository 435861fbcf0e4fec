/// \file
/// Tests log-probabilities of logged actions, and all cases in which importance ratios do not exist.
#include "holdfast/evaluators/log_ratios.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"

namespace log_ratios_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Policy>
DeployedPolicy<Policy> deployed(Sizes sizes, typename Policy::Config config = {}) {
  Generator generator(1);
  config.network.hidden = {4};
  Policy policy(config, sizes, generator);
  generator.fill_normal(policy.parameters());
  policy.parameters() *= 0.3;
  return {policy, {Vector<double>::Constant(sizes.observation, 0.5), Vector<double>::Constant(sizes.observation, 2)}};
}

/// Returns trajectories of ten steps with draws of a tanh-Gaussian and their log-densities.
Transitions<double> draws(DeployedPolicy<TanhGaussian<double>>& policy, Index size) {
  Transitions<double> data;
  Generator generator(4);
  data.observations.resize(3, size);
  generator.fill_normal(data.observations);
  data.next_observations = data.observations;
  data.action_log_probs = policy.act(data.observations, Acting::sample, generator, data.actions);
  data.rewards.setOnes(size);
  data.terminals.setZero(size);
  data.timeouts.setZero(size);
  for (Index i = 9; i < size; i += 10) data.timeouts(i) = 1;
  for (Index i = 0; i + 1 < size; ++i)
    if (!data.timeouts(i)) data.next_observations.col(i) = data.observations.col(i + 1);
  return data;
}

}  // namespace

TEST_CASE("The log-probabilities of a policy's own draws are those recorded, so that ratios are one", "[evaluators]") {
  auto policy = deployed<TanhGaussian<double>>({3, 2});
  const auto data = draws(policy, 3000);
  const Row<double> found = log_probs(policy, data);
  CHECK((found - data.action_log_probs).abs().maxCoeff() < 1e-6);
  const EvaluationLog log = make_log(Episodes(data), {0.9, 10}, found, recorded_log_probs(data));
  CHECK(log.size() == 300);
  CHECK(log.log_ratios.abs().maxCoeff() < 1e-6);
}

TEST_CASE("Finite policies are asked for the actions that were taken", "[evaluators]") {
  const Matrix<double> chances{{.5, 0, .25}, {.5, 1, .75}};
  auto policy = tabular_policy(chances);
  Transitions<double, ActionIndices> data;
  data.action_count = 2;
  data.observations = one_hot<double>(ActionIndices{{0, 1, 1, 2}}, 3);
  data.actions = ActionIndices{{1, 0, 1, 0}};
  const Row<double> found = log_probs(policy, data);
  CHECK((found.head(1) == std::log(.5)).all());
  CHECK(found(1) == -infinity);
  CHECK(found(2) == 0);
  CHECK(found(3) == Approx(std::log(.25)));
}

TEST_CASE("Log-probabilities that cannot be those of the actions are refused", "[evaluators]") {
  auto policy = deployed<TanhGaussian<double>>({3, 2});
  auto data = draws(policy, 200);
  CHECK_NOTHROW(recorded_log_probs(data));
  data.action_log_probs(7) = -infinity;
  CHECK_THROWS_WITH(recorded_log_probs(data),
                    Contains("found -inf in row 7") && Contains("cannot have the probability 0"));
  data.action_log_probs.setConstant(-9);
  CHECK_THROWS_WITH(recorded_log_probs(data), Contains("those of any density on ±1 have at least"));
  data.action_log_probs.setConstant(90);
  CHECK_THROWS_WITH(recorded_log_probs(data), Contains("as good as deterministic"));
  data.action_log_probs.resize(0);
  CHECK_THROWS_WITH(recorded_log_probs(data), Contains("infos/action_log_probs") && Contains("found none") &&
                                                  Contains("give the behavior policy, or estimate it"));
  Transitions<double, ActionIndices> finite;
  finite.action_count = 2;
  finite.observations.setOnes(1, 3);
  finite.action_log_probs = row({-0.7, 0.5, -0.7});
  CHECK_THROWS_WITH(recorded_log_probs(finite), Contains("no probability is above 1"));
}

TEST_CASE("Policies and behaviors that do not fit are refused", "[evaluators]") {
  auto policy = deployed<TanhGaussian<double>>({3, 2});
  const auto data = draws(policy, 50);
  auto other = deployed<TanhGaussian<double>>({4, 2});
  CHECK_THROWS_WITH(log_probs(other, data),
                    Contains("expected 3 observation features and 2 action features") && Contains("found 4 and 2"));
  Row<double> behavior = recorded_log_probs(data);
  const Row<double> target = behavior;
  CHECK_THROWS_WITH(make_log(Episodes(data), {}, target.head(3), behavior),
                    Contains("expected 50, one a transition, found 3"));
  behavior(9) = -infinity;
  CHECK_THROWS_WITH(make_log(Episodes(data), {}, target, behavior),
                    Contains("in row 9") && Contains("the policy given is not the one that acted"));
  static_assert(HasDensity<TanhGaussian<double>>);
  static_assert(HasDensity<Gaussian<double>>);
  static_assert(!HasDensity<Deterministic<double>>);
}

}  // namespace log_ratios_test
