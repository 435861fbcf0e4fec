/// \file
/// One run in the grid: a learner over tables, or the exact solution that it should reach.
#pragma once

#include <cstdint>

#include "holdfast/core/random.hpp"
#include "holdfast/environments/tabular/in_data_solutions.hpp"
#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/policies/proposal.hpp"
#include "studies/stitching/grid_world.hpp"
#include "studies/stitching/learners.hpp"
#include "studies/stitching/results.hpp"
#include "studies/stitching/train.hpp"
#include "studies/stitching/value_map.hpp"

namespace stitching {

/// The chances of the actions of a policy in each state, A×S: those of its draws, and those of its mode.
struct PolicyTables {
  Matrix<double> draws;
  Matrix<double> mode;
};

/// Returns the tables of a policy over one-hot states.
template <class Policy>
PolicyTables tables_of(const Policy& policy, Index states) {
  PolicyTables tables{Matrix<double>::Zero(4, states), Matrix<double>::Zero(4, states)};
  const Matrix<float> observations = Matrix<float>::Identity(states, states);
  typename Policy::Tape tape;
  Proposal<float, ActionIndices> proposal;
  Generator unused(0);
  policy.propose(observations, 1, unused, tape, proposal);
  for (Index i = 0; i < proposal.actions.size(); ++i)
    tables.draws(proposal.actions(i), i / proposal.per_state) += static_cast<double>(proposal.weights(i));
  ActionIndices chosen;
  policy.mode(observations, tape, chosen);
  for (Index s = 0; s < states; ++s) tables.mode(chosen(s), s) = 1;
  return tables;
}

/// Returns the tables of a policy given by its chances.
inline PolicyTables tables_of(const Matrix<double>& policy) {
  PolicyTables tables{policy, Matrix<double>::Zero(policy.rows(), policy.cols())};
  for (Index s = 0; s < policy.cols(); ++s) {
    Index best = 0;
    policy.col(s).maxCoeff(&best);
    tables.mode(best, s) = 1;
  }
  return tables;
}

/// The exact solution of a learner.
struct Exact {
  PolicyTables policy;
  Vector<double> value;
};

/// Solves IQL exactly on the process of the data. Its policy has the weights of the learner's, with their cap.
inline Exact solve_iql(const Setting& setting, const TabularMdp& process, const Matrix<double>& behavior) {
  const InDataSolution exact = expectile_solution(process, behavior, discount, setting.expectile);
  const AdvantageWeighted improvement{.temperature = setting.lambda};
  Matrix<double> policy = behavior;
  for (Index s = 0; s < policy.cols(); ++s) {
    Row<double> weights = exact.q.col(s).transpose().array() - exact.value(s);
    improvement.weigh(weights);
    policy.col(s).array() *= weights.transpose();
    policy.col(s) /= policy.col(s).sum();
  }
  return {tables_of(policy), exact.value};
}

/// Solves CQL exactly on the process of the data.
inline Exact solve_cql(const Setting& setting, const TabularMdp& process, const Matrix<double>& behavior) {
  const InDataSolution exact = conservative_solution(process, behavior, discount, setting.alpha);
  return {tables_of(greedy_policy(process, exact.q)), exact.value};
}

/// Does a run in the grid. `job` names it.
inline Result run_in_grid(const DataKind& kind, const Setting& setting, Result job, ValueMap* map) {
  const GridWorld world(kind);
  const auto seed = static_cast<std::uint64_t>(job.seed);
  const GridData data = world.data(seed);
  const TabularMdp process = GridWorld::process_of(data);
  const Vector<double> best = optimum(process, discount).value;
  const Index start = world.state_at(place::start);
  const Index middle = world.state_at(place::middle);
  job.best_start = best(start);
  job.best_middle = best(middle);
  const auto report = [&](const PolicyTables& policy, const Vector<double>& value) {
    job.success = world.success(policy.mode);
    job.sampled_success = world.success(policy.draws);
    if (value.size() == 0) return;
    job.value_start = value(start);
    job.value_middle = value(middle);
    if (map != nullptr) *map = ValueMap(world, value);
  };
  if (setting.exact) {
    const Matrix<double> behavior = behavior_policy(data);
    const bool iql = setting.algorithm == "iql_exact";
    const Exact exact = iql ? solve_iql(setting, process, behavior) : solve_cql(setting, process, behavior);
    report(exact.policy, exact.value);
    return job;
  }
  auto learner = tabular_learner(setting, kind, {world.states(), 4}, seed);
  if (!train(learner, data, setting, job)) return job;
  Vector<double> value;
  if (learner.has_critics())
    value = learner.state_values(Matrix<float>::Identity(world.states(), world.states())).cast<double>().transpose();
  report(tables_of(learner.acting(), world.states()), value);
  return job;
}

}  // namespace stitching
