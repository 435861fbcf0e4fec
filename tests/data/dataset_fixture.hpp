/// \file
/// Small datasets in which every number identifies its row, and bitwise comparison.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "holdfast/data/one_hot.hpp"
#include "holdfast/data/transitions.hpp"

namespace fixture {

using holdfast::Flags;
using holdfast::Index;

/// Returns a row of flags.
inline Flags flags(const std::vector<int>& values) {
  Flags out(static_cast<Index>(values.size()));
  for (Index i = 0; i < out.size(); ++i) out(i) = static_cast<unsigned char>(values[static_cast<std::size_t>(i)]);
  return out;
}

/// Returns rows in one unbroken chain: observation (i, 100 + i), action i / 100, reward 1 + i, next observation
/// (i + 1, …).
template <class S>
holdfast::Transitions<S> chain(const std::vector<int>& terminals, const std::vector<int>& timeouts) {
  holdfast::Transitions<S> data;
  const auto size = static_cast<Index>(terminals.size());
  data.resize(size);
  data.observations.resize(2, size);
  data.actions.resize(1, size);
  data.next_observations.resize(2, size);
  data.terminals = flags(terminals);
  data.timeouts = flags(timeouts);
  for (Index i = 0; i < size; ++i) {
    const auto x = static_cast<S>(i);
    data.observations.col(i) << x, 100 + x;
    data.actions(0, i) = x / 100;
    data.rewards(i) = 1 + x;
    data.next_observations.col(i) << x + 1, 101 + x;
  }
  return data;
}

/// Returns the rows of chain with the actions 0, 1, 2, 0, … of a set of `action_count`.
template <class S>
holdfast::Transitions<S, holdfast::ActionIndices> finite_chain(const std::vector<int>& terminals,
                                                               const std::vector<int>& timeouts,
                                                               Index action_count = 3) {
  const auto continuous = chain<S>(terminals, timeouts);
  holdfast::Transitions<S, holdfast::ActionIndices> data;
  data.observations = continuous.observations;
  data.actions.resize(continuous.size());
  for (Index i = 0; i < data.actions.size(); ++i) data.actions(i) = i % action_count;
  data.rewards = continuous.rewards;
  data.next_observations = continuous.next_observations;
  data.terminals = continuous.terminals;
  data.timeouts = continuous.timeouts;
  data.action_count = action_count;
  return data;
}

/// Returns the rows of finite_chain with sparse observations: one-hot in `observation_size` states, i → i + 1 → ….
template <class S>
holdfast::Transitions<S, holdfast::ActionIndices, holdfast::SparseMatrix<S>> sparse_chain(
    const std::vector<int>& terminals, const std::vector<int>& timeouts, Index observation_size = 9) {
  const auto dense = finite_chain<S>(terminals, timeouts);
  holdfast::Transitions<S, holdfast::ActionIndices, holdfast::SparseMatrix<S>> data;
  holdfast::ActionIndices states(dense.size());
  for (Index i = 0; i < states.size(); ++i) states(i) = i;
  data.observations = holdfast::sparse_one_hot<S>(states, observation_size);
  data.actions = dense.actions;
  data.rewards = dense.rewards;
  data.next_observations = holdfast::sparse_one_hot<S>((states.array() + 1).matrix(), observation_size);
  data.terminals = dense.terminals;
  data.timeouts = dense.timeouts;
  data.action_count = dense.action_count;
  return data;
}

/// Returns whether two dense arrays have the same shape and the same bits.
template <class A>
bool same_bits(const A& left, const A& right) {
  if (left.rows() != right.rows() || left.cols() != right.cols()) return false;
  const auto bytes = static_cast<std::size_t>(left.size()) * sizeof(*left.data());
  return bytes == 0 || std::memcmp(left.data(), right.data(), bytes) == 0;
}

/// Returns whether two compressed sparse matrices have the same shape, positions and bits.
template <class S>
bool same_bits(const holdfast::SparseMatrix<S>& left, const holdfast::SparseMatrix<S>& right) {
  if (left.rows() != right.rows() || left.cols() != right.cols() || left.nonZeros() != right.nonZeros()) return false;
  const auto entries = static_cast<std::size_t>(left.nonZeros());
  const auto columns = static_cast<std::size_t>(left.cols() + 1);
  return std::memcmp(left.outerIndexPtr(), right.outerIndexPtr(), columns * sizeof(int)) == 0 &&
         (entries == 0 || (std::memcmp(left.innerIndexPtr(), right.innerIndexPtr(), entries * sizeof(int)) == 0 &&
                           std::memcmp(left.valuePtr(), right.valuePtr(), entries * sizeof(S)) == 0));
}

template <class S, class Actions, class Observations>
bool same_bits(const holdfast::Transitions<S, Actions, Observations>& left,
               const holdfast::Transitions<S, Actions, Observations>& right) {
  return same_bits(left.observations, right.observations) && same_bits(left.actions, right.actions) &&
         same_bits(left.rewards, right.rewards) && same_bits(left.next_observations, right.next_observations) &&
         same_bits(left.terminals, right.terminals) && same_bits(left.timeouts, right.timeouts) &&
         same_bits(left.action_log_probs, right.action_log_probs) && left.action_count == right.action_count;
}

/// Returns the values of a row, to compare all of them at once.
template <class Derived>
std::vector<double> list(const Eigen::DenseBase<Derived>& row) {
  std::vector<double> out;
  for (Index i = 0; i < row.size(); ++i) out.push_back(static_cast<double>(row.derived()(i)));
  return out;
}

}  // namespace fixture
