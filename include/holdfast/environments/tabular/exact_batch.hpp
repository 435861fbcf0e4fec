/// \file
/// exact_batch and sampled_mdp: a tabular MDP as a batch with exact frequencies, and as a sample of it would look.
#pragma once

#include <cmath>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The number of times that each action was taken in each state, A×S.
using ActionCounts = Eigen::Array<Index, Eigen::Dynamic, Eigen::Dynamic>;

namespace detail {

/// Throws DataError unless the counts are A×S, none is negative and some are positive.
inline void check_counts(const TabularMdp& mdp, const ActionCounts& counts) {
  if (counts.rows() != mdp.actions() || counts.cols() != mdp.states() || counts.minCoeff() < 0 || counts.sum() == 0)
    throw DataError(message("counts: expected numbers of ", mdp.actions(), " actions × ", mdp.states(),
                            " states, not negative and some positive, found ", counts.rows(), "×", counts.cols()));
}

}  // namespace detail

/// Returns the behavior policy of the counts, A×S: the share of each action in each state. Throws DataError, naming the
/// state, if a state has no action or a negative count.
[[nodiscard]] inline Matrix<double> behavior_of(const ActionCounts& counts) {
  Matrix<double> policy = counts.cast<double>();
  for (Index state = 0; state < policy.cols(); ++state) {
    if (counts.col(state).minCoeff() < 0 || counts.col(state).sum() == 0)
      throw DataError(message("counts: state ", state, ": expected at least one action and none below 0, found ",
                              counts.col(state).transpose()));
    policy.col(state) /= policy.col(state).sum();
  }
  return policy;
}

/// Returns a batch that represents a process and a behavior policy exactly, so that a learner's update on it is an
/// update on the expected loss. States are one-hot (S rows). Action a of state s occurs `counts(a, s)` · `resolution`
/// times, followed by each next state and by the end exactly as often as their probabilities say. Rewards are the
/// expected ones. The continuation is `discount`, or 0 at the end.
///
/// Throws DataError if the MDP is not valid, the shapes differ, or a probability is not a multiple of
/// 1/(counts · resolution); RandomMdpConfig::resolution makes MDPs for which all are. Throws ConfigError unless
/// `resolution` is at least 1 and `discount` in [0, 1].
[[nodiscard]] inline Batch<double, ActionIndices> exact_batch(const TabularMdp& mdp, const ActionCounts& counts,
                                                              Index resolution, double discount) {
  mdp.validate();
  require(resolution >= 1, "exact_batch resolution", "at least 1", resolution);
  require(discount >= 0 && discount <= 1, "exact_batch discount", "in [0, 1]", discount);
  detail::check_counts(mdp, counts);
  const Index size = counts.sum() * resolution;
  Batch<double, ActionIndices> batch;
  batch.observations.setZero(mdp.states(), size);
  batch.next_observations.setZero(mdp.states(), size);
  batch.actions.resize(size);
  batch.rewards.resize(size);
  batch.continuation.setConstant(size, discount);
  constexpr Index end = -1;
  Index column = 0;
  const auto add = [&](Index state, Index action, Index next, double chance) {
    const double exact = chance * static_cast<double>(counts(action, state) * resolution);
    const auto times = static_cast<Index>(std::lround(exact));
    if (std::abs(exact - static_cast<double>(times)) > 1e-6)
      throw DataError(message("tabular MDP: state ", state, ", action ", action,
                              ": expected chances that are multiples ", "of 1/", counts(action, state) * resolution,
                              ", found ", chance));
    for (const Index last = column + times; column < last; ++column) {
      batch.observations(state, column) = 1;
      batch.actions(column) = action;
      batch.rewards(column) = mdp.rewards(action, state);
      if (next == end)
        batch.continuation(column) = 0;
      else
        batch.next_observations(next, column) = 1;
    }
  };
  for (Index state = 0; state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action) {
      if (counts(action, state) == 0) continue;
      if (!mdp.available(action, state))
        throw DataError(message("counts: state ", state, ", action ", action, ": the action is not available"));
      for (Index next = 0; next < mdp.states(); ++next)
        add(state, action, next, mdp.transitions(next, mdp.column(state, action)));
      add(state, action, end, mdp.terminations(action, state));
    }
  return batch;
}

/// Returns the process as `counts(a, s)` draws of the outcome of each action in each state would show it. Probabilities
/// are relative frequencies, multiples of 1/counts(a, s). An action without a draw is not available. Rewards remain the
/// expected ones. Throws DataError if the MDP is not valid, the shapes differ, a count is negative, or a state has no
/// draw.
[[nodiscard]] inline TabularMdp sampled_mdp(const TabularMdp& mdp, const ActionCounts& counts, Generator& generator) {
  mdp.validate();
  detail::check_counts(mdp, counts);
  TabularMdp seen = mdp;
  seen.transitions.setZero();
  seen.terminations.setZero();
  seen.available = seen.available && counts > 0;
  for (Index state = 0; state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action) {
      if (!seen.available(action, state)) continue;
      auto successors = seen.transitions.col(mdp.column(state, action));
      double& end = seen.terminations(action, state);
      for (Index draw = 0; draw < counts(action, state); ++draw) {
        const auto next = detail::draw_successor(mdp, state, action, generator.uniform());
        (next ? successors[*next] : end) += 1;
      }
      successors /= static_cast<double>(counts(action, state));
      end /= static_cast<double>(counts(action, state));
    }
  seen.validate();
  return seen;
}

}  // namespace holdfast
