/// \file
/// Tabular policies, and data drawn from tabular processes, in the form that evaluators take.
#pragma once

#include <cstdint>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/tabular/importance_moments.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"
#include "holdfast/evaluators/estimand.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/recorder.hpp"

namespace holdfast::testing {

/// Returns the policy with the given probabilities, A×S, over one-hot states.
[[nodiscard]] inline DeployedPolicy<TabularCategorical<double>> tabular_policy(const Matrix<double>& chances) {
  Generator unused(0);
  TabularCategorical<double> policy({}, {chances.cols(), chances.rows()}, unused);
  policy.parameters() = chances.reshaped().array().log();
  return {policy, Normalization<double>::identity(chances.cols())};
}

/// Returns a random policy in which no probability is 0: softmax of N(0, `spread`²), A×S.
[[nodiscard]] inline Matrix<double> random_policy(Sizes sizes, double spread, Generator& generator) {
  Matrix<double> policy(sizes.action, sizes.observation);
  for (double& chance : policy.reshaped()) chance = std::exp(spread * generator.normal());
  for (Index s = 0; s < policy.cols(); ++s) policy.col(s) /= policy.col(s).sum();
  return policy;
}

/// Returns V of a policy (A×S) with all steps of the horizon left, or without a horizon.
[[nodiscard]] inline Vector<double> exact_value(const TabularMdp& mdp, const Matrix<double>& policy,
                                                const Estimand& estimand) {
  if (estimand.infinite()) return evaluate_policy(mdp, policy, estimand.discount).value;
  const Matrix<double> q = finite_horizon_q(mdp, policy, estimand.discount, estimand.horizon).back();
  return policy.cwiseProduct(q).colwise().sum().transpose();
}

/// Returns `episodes` episodes of at most `horizon` steps of the behavior policy, A×S, with its log-probabilities.
[[nodiscard]] inline Transitions<double, ActionIndices> record(const TabularMdp& mdp, const Matrix<double>& behavior,
                                                               Index episodes, Index horizon, std::uint64_t seed) {
  TabularEnvironment environment(mdp, "tabular", horizon);
  Generator resets(seed, Stream::environment);
  Generator noise(seed, Stream::noise);
  ReplayBuffer<double, ActionIndices> buffer({mdp.states(), mdp.actions()}, episodes * horizon);
  Vector<double> now(mdp.states());
  Vector<double> next(mdp.states());
  for (Index episode = 0; episode < episodes; ++episode) {
    environment.reset(resets);
    for (Index t = 0; t < horizon; ++t) {
      environment.observe(now);
      const auto state = static_cast<Index>(environment.state()[0]);
      const Index action = detail::drawn(behavior.col(state), noise.uniform());
      const StepResult result = environment.step(action);
      environment.observe(next);
      buffer.add(now, action, result.reward, next, result.terminal, !result.terminal && t + 1 == horizon,
                 std::log(behavior(action, state)));
      if (result.terminal) break;
    }
  }
  return buffer.transitions();
}

}  // namespace holdfast::testing
