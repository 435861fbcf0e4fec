/// \file
/// empirical_mdp: the tabular MDP with the probabilities and mean rewards of a dataset.
#pragma once

#include <concepts>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// A dataset of transitions with one-hot observations (S×N, dense or sparse) and indices of finite actions (1×N, below
/// `action_size()`). The next observation of a terminal transition is not read.
template <class D>
concept IsTabularDataset = requires(const D dataset) {
  { dataset.action_size() } -> std::convertible_to<Index>;
  requires FiniteActions<std::remove_cvref_t<decltype(dataset.actions)>>;
  { dataset.terminals } -> std::convertible_to<const Flags&>;
  one_hot_state(dataset.observations.col(0));
  one_hot_state(dataset.next_observations.col(0));
  { dataset.rewards(0) } -> std::convertible_to<double>;
};

namespace detail {

/// Returns the state of a row. Throws DataError, naming the field and the row, unless the row is one-hot.
template <class Observations>
Index state_in_row(const char* field, const Observations& observations, Index row) {
  const auto found = one_hot_state(observations.col(row));
  if (!found)
    throw DataError(message(field, ": expected one-hot states, found ", non_zeros_text(observations.col(row)),
                            " in row ", row, "; encode each state by a single 1"));
  return *found;
}

/// Returns the states in which actions were taken, 1×N. Throws DataError, naming the field and the row, unless states
/// are one-hot and actions in range.
template <IsTabularDataset D>
ActionIndices checked_states(const D& dataset) {
  const Index size = dataset.observations.cols();
  if (size == 0) throw DataError("observations: expected at least one transition, found none");
  check_actions("actions", dataset.actions, dataset.action_size(), size);
  ActionIndices states(size);
  for (Index row = 0; row < size; ++row) states(row) = state_in_row("observations", dataset.observations, row);
  return states;
}

/// Returns the number of times that each action was taken in each state, A×S.
template <IsTabularDataset D>
Matrix<double> action_counts(const D& dataset, const ActionIndices& states) {
  Matrix<double> counts = Matrix<double>::Zero(dataset.action_size(), dataset.observations.rows());
  for (Index row = 0; row < states.size(); ++row) counts(dataset.actions(row), states(row)) += 1;
  return counts;
}

/// Returns the share of each state in the counts, S.
inline Vector<double> shares_of_states(const Matrix<double>& counts) {
  return counts.colwise().sum().transpose() / counts.sum();
}

}  // namespace detail

/// Returns the share of each state among the transitions, S. Throws DataError, naming field and row, if states are not
/// one-hot or actions are out of range.
template <IsTabularDataset D>
[[nodiscard]] Vector<double> state_shares(const D& dataset) {
  return detail::shares_of_states(detail::action_counts(dataset, detail::checked_states(dataset)));
}

/// Returns the empirical behavior policy, A×S: the share of each action in each state. In a state without data all
/// actions have the same share, as in `empirical_mdp`. Throws like `state_shares`.
template <IsTabularDataset D>
[[nodiscard]] Matrix<double> behavior_policy(const D& dataset) {
  Matrix<double> policy = detail::action_counts(dataset, detail::checked_states(dataset));
  for (Index state = 0; state < policy.cols(); ++state) {
    if (policy.col(state).isZero(0)) policy.col(state).setOnes();
    policy.col(state) /= policy.col(state).sum();
  }
  return policy;
}

/// Returns the tabular MDP with the empirical probabilities and mean rewards of the dataset, with all S states. The
/// available actions of a state are those that were taken in it. A timeout is not an end: its next observation counts.
/// `initial` is `state_shares`, because transitions do not say where episodes begin; set it if that is known.
///
/// A state in which no action was taken has value 0: each of its actions ends the process with reward 0. It must not be
/// reached, because nothing is known of its value. Throws DataError, naming the state and the row, if a transition that
/// is not terminal leads to such a state. Throws DataError, naming field and row, if shapes differ, states are not
/// one-hot, actions are out of range, rewards are not finite or flags are not 0 or 1.
template <IsTabularDataset D>
[[nodiscard]] TabularMdp empirical_mdp(const D& dataset) {
  const ActionIndices acted_in = detail::checked_states(dataset);
  const Index states = dataset.observations.rows();
  const Index size = dataset.observations.cols();
  detail::check_column("rewards", dataset.rewards, 1, size);
  detail::check_flags("terminals", dataset.terminals, size);
  if (dataset.next_observations.rows() != states || dataset.next_observations.cols() != size)
    throw DataError(message("next_observations: expected ", size, " rows of ", states, ", found ",
                            dataset.next_observations.cols(), " of ", dataset.next_observations.rows()));

  const Matrix<double> counts = detail::action_counts(dataset, acted_in);
  TabularMdp mdp = TabularMdp::zeros(states, dataset.action_size());
  mdp.available = counts.array() > 0;
  mdp.initial = detail::shares_of_states(counts);
  for (Index row = 0; row < size; ++row) {
    const Index state = acted_in(row);
    const Index action = dataset.actions(row);
    mdp.rewards(action, state) += static_cast<double>(dataset.rewards(row));
    if (dataset.terminals(row) != 0) {
      mdp.terminations(action, state) += 1;
      continue;
    }
    const Index next = detail::state_in_row("next_observations", dataset.next_observations, row);
    if (counts.col(next).isZero(0))
      throw DataError(message("empirical MDP: state ", next, ": no action was taken in it, but row ", row,
                              " goes on there, so that its value is not known; add transitions from it or leave out ",
                              "those to it"));
    mdp.transitions(next, mdp.column(state, action)) += 1;
  }
  for (Index state = 0; state < states; ++state)
    for (Index action = 0; action < mdp.actions(); ++action)
      if (const double count = counts(action, state); count > 0) {
        mdp.transitions.col(mdp.column(state, action)) /= count;
        mdp.terminations(action, state) /= count;
        mdp.rewards(action, state) /= count;
      } else if (counts.col(state).isZero(0)) {
        mdp.available(action, state) = true;
        mdp.terminations(action, state) = 1;
      }
  return mdp;
}

}  // namespace holdfast
