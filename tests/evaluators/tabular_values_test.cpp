/// \file
/// Linear fitted Q evaluation and marginalised importance sampling against worked numbers and exact solutions.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"

namespace tabular_values_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

Approx about(double value) { return Approx(value).margin(1e-9).epsilon(0); }

using TabularFqe = LinearFqe<ActionBlocks>;

/// The six trajectories of the two-step example; states with the time, s + 2t, where `timed`.
FiniteTransitions<double> two_step_data(bool timed) {
  const TwoStepExample example;
  const Index size = example.states.size();
  FiniteTransitions<double> data;
  data.action_count = 2;
  data.actions = example.actions;
  data.rewards = example.taken(example.rewards);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  data.observations = Matrix<double>::Zero(timed ? 4 : 2, size);
  data.next_observations = data.observations;
  for (Index t = 0; t < size; ++t) {
    const bool last = t % 2 == 1;
    data.observations(example.states(t) + (timed && last ? 2 : 0), t) = 1;
    if (last)
      data.next_observations.col(t) = data.observations.col(t);
    else
      data.next_observations(example.states(t + 1) + (timed ? 2 : 0), t) = 1;
    data.terminals(t) = last;
  }
  return data;
}

Matrix<double> timed(const Matrix<double>& policy) {
  Matrix<double> both(2, 4);
  both << policy, policy;
  return both;
}

double direct(const FiniteTransitions<double>& data, const Matrix<double>& target, const Estimand& estimand) {
  auto policy = tabular_policy(target);
  return TabularFqe(data, policy, estimand).values(data, policy).initial.mean();
}

}  // namespace

TEST_CASE("Tabular FQE sweeps as worked out, and settles at its fixed point", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(false);
  CHECK(direct(data, example.target, {0.9, 1}) == about(1.3));
  CHECK(direct(data, example.target, {0.9, 2}) == about(1.97725));
  CHECK(direct(data, example.target, {0.9, 3}) == about(2.3115831250));
  CHECK(direct(data, example.target, {0.9, 4}) == about(2.4770222078));
  CHECK(direct(data, example.target, {0.9, 0}) == about(2.6390435161));
  CHECK(direct(data, example.target, {0.9, 300}) == about(2.6390435161));

  auto policy = tabular_policy(example.target);
  const Matrix<double> weights = TabularFqe(data, policy, {0.9, 0}).weights();
  CHECK(weights(0) == about(2.5834261097));
  CHECK(weights(1) == about(3.1875695823));
  CHECK(weights(2) == about(1.7845007019));
  CHECK(weights(3) == about(-0.1436661988));
}

TEST_CASE("With time in the state FQE is the regression of each step", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(true);
  CHECK(direct(data, timed(example.target), {0.9, 0}) == about(2.5240000000));
  CHECK(direct(data, timed(example.target), {0.9, 2}) == about(2.5240000000));
}

TEST_CASE("Marginalised importance sampling gives the worked numbers", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(true);
  const EvaluationLog log = example.log();
  CHECK(MarginalizedEvaluator(data, log).value() == about(2.7169375000));
  CHECK(MarginalizedEvaluator(data, log, true).value() == about(2.5690328467));
  EvaluationLog endless = log;
  endless.estimand.horizon = 0;
  CHECK(MarginalizedEvaluator(data, endless).value() == about(2.7169375000));
  const MarginalizedEvaluator evaluator(data, log);
  CHECK(evaluator.samples().mean() == about(evaluator.value()));
}

}  // namespace tabular_values_test
