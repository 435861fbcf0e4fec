/// \file
/// One run in the grid: a learner over tables, or the exact solution that it should reach.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "holdfast/core/random.hpp"
#include "holdfast/data/best_trajectories.hpp"
#include "holdfast/environments/tabular/in_data_solutions.hpp"
#include "holdfast/policies/proposal.hpp"
#include "holdfast/training/offline.hpp"
#include "studies/stitching/grid_world.hpp"
#include "studies/stitching/learners.hpp"
#include "studies/stitching/results.hpp"
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

/// Solves IQL or CQL exactly on the process of the data.
struct ExactRun {
  PolicyTables policy;
  Vector<double> value;

  ExactRun(const Setting& setting, const TabularMdp& process, const Matrix<double>& behavior) {
    const auto number = [&](std::string_view name) {
      for (const auto& [field, text] : setting.fields)
        if (field == name) return std::strtod(text.c_str(), nullptr);
      return 0.0;
    };
    if (setting.algorithm == "iql_exact") {
      const InDataSolution exact = expectile_solution(process, behavior, discount, number("value.expectile"));
      policy = tables_of(softmax_policy(process, exact.q, number("improvement.temperature"), behavior));
      value = exact.value;
    } else {
      const InDataSolution exact = conservative_solution(process, behavior, discount, number("penalty.alpha"));
      policy = tables_of(greedy_policy(process, exact.q));
      value = exact.value;
    }
  }
};

/// Does a run in the grid. `job` names it.
inline Result run_in_grid(const DataKind& kind, const Setting& setting, Result job, ValueMap* map) {
  const GridWorld world(kind);
  const auto seed = static_cast<std::uint64_t>(job.seed);
  const GridData data = world.data(seed);
  TabularMdp process = GridWorld::process_of(data);
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
    const ExactRun exact(setting, process, behavior_policy(data));
    report(exact.policy, exact.value);
    return job;
  }
  auto learner = tabular_learner(setting, kind, {world.states(), 4}, seed);
  OfflineTraining({.steps = job.updates, .batch_size = 64, .seed = seed})
      .run(learner, setting.share < 1 ? best_trajectories(data, setting.share) : data);
  Vector<double> value;
  if (learner.has_critics())
    value = learner.state_values(Matrix<float>::Identity(world.states(), world.states())).cast<double>().transpose();
  report(tables_of(learner.acting(), world.states()), value);
  return job;
}

}  // namespace stitching
