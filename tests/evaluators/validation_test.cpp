/// \file
/// Tests the combination of an estimate with a few real episodes, and the value that episodes are run for.
#include "holdfast/evaluators/validation.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/environments/tabular/chain_environment.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/scalar_quadratic_q.hpp"
#include "support/tabular_log.hpp"

namespace validation_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("Two estimates are weighed by their errors", "[evaluators]") {
  const CombinedEstimate both = combine({1, 0.3}, {2, 0.4});
  CHECK(both.estimate.mean == Approx((1 / 0.09 + 2 / 0.16) / (1 / 0.09 + 1 / 0.16)));
  CHECK(both.estimate.standard_error == Approx(1 / std::sqrt(1 / 0.09 + 1 / 0.16)));
  CHECK(both.disagreement == Approx(2));
  CHECK(combine({2, 0.4}, {1, 0.3}).estimate.mean == Approx(both.estimate.mean));
  CHECK(combine({1, 0}, {2, 0.4}).estimate.mean == 1);
  CHECK(combine({1, 0}, {2, 0.4}).estimate.standard_error == 0);
}

TEST_CASE("An estimate that is none, or of unknown error, leaves the other alone", "[evaluators]") {
  for (const Estimate unknown : {Estimate{NAN, 0.1}, Estimate{3, NAN}, Estimate{INFINITY, INFINITY}}) {
    const CombinedEstimate left = combine(unknown, {2, 0.4});
    const CombinedEstimate right = combine({2, 0.4}, unknown);
    CHECK(left.estimate.mean == 2);
    CHECK(left.estimate.standard_error == 0.4);
    CHECK(std::isnan(left.disagreement));
    CHECK(right.estimate.mean == 2);
  }
  CHECK(combine({2, 0}, {2, 0}).disagreement == 0);
  CHECK(combine({1, 0}, {2, 0}).disagreement > 1e5);
  // The difference is due to rewards in single precision on one side.
  CHECK(combine({0.5F * 0.1F, 1e-17}, {0.05, 0}).disagreement < 1);
}

TEST_CASE("Episodes earn what the estimand counts", "[evaluators]") {
  Generator generator(3);
  const TabularMdp mdp = random_mdp({.states = 4, .actions = 2, .branching = 2, .termination = 0.05}, generator);
  const Matrix<double> chances = random_policy({4, 2}, 1, generator);
  auto policy = tabular_policy(chances);
  const TabularEnvironment environment(mdp, "tabular", 7);  // its own time limit has no effect
  // Each z-score is beyond 4 by chance in one of 16,000 seeds; the seed is fixed.
  for (const Estimand estimand : {Estimand{0.9, 3}, Estimand{1, 12}, Estimand{0.9, 0}}) {
    const Vector<double> value = exact_value(mdp, chances, estimand);
    EvaluationGenerators draws(5);
    const Estimate found = estimate_mean(run_episodes(policy, environment, 4000, estimand, draws));
    INFO(estimand.text());
    CHECK(std::abs(found.mean - mdp.initial.dot(value)) < 4 * found.standard_error + 2e-3);
  }
  EvaluationGenerators draws(5);
  CHECK(run_episodes(policy, environment, 4000, {0.9, 3}, draws, [] { return false; }).size() == 1000);
  CHECK_THROWS_WITH(run_episodes(policy, environment, 5, {1, 0}, draws), Contains("below 1 without a horizon"));
}

TEST_CASE("Fitted Q evaluation of the best of N draws says what its episodes earn, not those of a draw",
          "[evaluators]") {
  LinearQuadraticProblem problem;
  problem.dynamics.setConstant(1, 1, 0.9);
  problem.input.setConstant(1, 1, 0.5);
  problem.state_cost.setConstant(1, 1, 1);
  problem.action_cost.setConstant(1, 1, 0.2);
  const LinearQuadratic environment({.problem = problem, .time_limit = 5});
  Generator generator(1);
  const auto data = collect<double>(environment, 10000, 2, [&](const Matrix<double>&, Matrix<double>& action) {
    return std::optional(act_uniformly(generator, action));
  });

  // A policy and a critic that ignore the state: Q is then quadratic, and the features represent it.
  using Inside = TanhGaussian<double>;
  Inside inside({.network = {.hidden = {}}}, {1, 1}, generator);
  inside.parameters().setZero();
  using Critics = Ensemble<ScalarQuadraticQ>;
  const Critics critics({ScalarQuadraticQ(Vector<double>::Unit(6, 2))});  // Q(s, a) = a
  DeployedPolicy best(BestOf<Inside, Critics>(inside, critics, 10), Normalization<double>::identity(1));
  DeployedPolicy drawn(inside, Normalization<double>::identity(1));

  const Estimand estimand{0.9, 5};
  const auto estimate_of = [&](auto& policy) {
    const LinearFqe<QuadraticFeatures> fqe(data, policy, estimand);
    return estimate_mean(fqe.values(Episodes(data), policy).initial);
  };
  const auto truth_of = [&](auto& policy) {
    EvaluationGenerators draws(5);
    return estimate_mean(run_episodes(policy, environment, 20000, estimand, draws));
  };
  const auto apart = [](const Estimate& left, const Estimate& right) {
    return std::abs(left.mean - right.mean) / std::hypot(left.standard_error, right.standard_error);
  };
  // Beyond 4 by chance in one of 16,000 seeds; the seeds are fixed.
  CHECK(apart(estimate_of(best), truth_of(best)) < 4);
  CHECK(apart(estimate_of(drawn), truth_of(drawn)) < 4);
  CHECK(apart(estimate_of(best), estimate_of(drawn)) > 20);
}

}  // namespace validation_test
