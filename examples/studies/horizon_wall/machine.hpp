/// \file
/// The machine, its two policies and its data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "holdfast/environments/tabular/importance_moments.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/training/recorder.hpp"
#include "studies/horizon_wall/options.hpp"

namespace wall {

enum Action : Index { run, repair };
constexpr Index actions = 2;
constexpr Index states = 5;  // degrees of wear

/// Returns a machine that never stops. To run it earns 1, minus a quarter for each degree of wear, and adds one degree
/// of wear with probability ½. A repair earns nothing and removes two degrees with probability 0.7. All initial states
/// are equally likely.
inline TabularMdp machine() {
  constexpr double wears = 0.5;
  constexpr double mends = 0.7;
  TabularMdp mdp = TabularMdp::zeros(states, actions);
  mdp.initial.setConstant(1.0 / static_cast<double>(states));
  for (Index s = 0; s < states; ++s) {
    auto after_run = mdp.transitions.col(mdp.column(s, run));
    after_run(s) += 1 - wears;
    after_run(std::min(s + 1, states - 1)) += wears;
    auto after_repair = mdp.transitions.col(mdp.column(s, repair));
    after_repair(s) += 1 - mends;
    after_repair(std::max<Index>(s - 2, 0)) += mends;
    mdp.rewards(run, s) = 1 - 0.25 * static_cast<double>(s);
  }
  return mdp;
}

/// The probability of the action that the evaluated policy prefers.
constexpr double preferred = 0.9;

/// The largest ρ, the same in every state.
constexpr double largest_ratio = preferred * actions;

/// E[ρ²] under the behavior policy, 1.64 in every state.
constexpr double growth = actions * (preferred * preferred + (1 - preferred) * (1 - preferred));

/// Returns the behavior policy, which takes both actions with equal probability, and the evaluated policy. The latter
/// runs the machine if its wear is below two degrees and else repairs it, each with probability 0.9.
inline PolicyPair policies() {
  PolicyPair pair{Matrix<double>::Constant(actions, states, 0.5), Matrix<double>(actions, states)};
  for (Index s = 0; s < states; ++s) {
    pair.target(run, s) = s < 2 ? preferred : 1 - preferred;
    pair.target(repair, s) = 1 - pair.target(run, s);
  }
  return pair;
}

using Policy = DeployedPolicy<TabularCategorical<double>>;

/// Returns the evaluated policy in the form that estimators take.
inline Policy target_policy() {
  Generator unused(0);
  TabularCategorical<double> policy({}, {states, actions}, unused);
  policy.parameters() = policies().target.reshaped().array().log();
  return {policy, Normalization<double>::identity(states)};
}

/// Returns trajectories of the behavior policy, with its log-probabilities.
inline Transitions<double, ActionIndices> log_of(Index trajectories, Index horizon, std::uint64_t seed) {
  Generator choices(seed, Stream::noise);
  return collect<double>(TabularEnvironment(machine(), "machine", horizon), trajectories * horizon, seed,
                         [&](const Matrix<double>&, Index& action) -> std::optional<double> {
                           return act_uniformly<double>(choices, actions, action);
                         });
}

}  // namespace wall
