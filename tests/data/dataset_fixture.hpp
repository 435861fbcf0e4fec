/// \file
/// Small datasets whose every number tells its row, and equality by bits.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "holdfast/data/transitions.hpp"

namespace fixture {

using holdfast::Flags;
using holdfast::Index;

/// A row of flags.
inline Flags flags(const std::vector<int>& values) {
  Flags out(static_cast<Index>(values.size()));
  for (Index i = 0; i < out.size(); ++i) out(i) = static_cast<unsigned char>(values[static_cast<std::size_t>(i)]);
  return out;
}

/// Rows in one unbroken chain: observation (i, 100 + i), action i / 100, reward 1 + i, next observation (i + 1, …).
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

/// Whether two dense arrays have the same shape and the same bits.
template <class A>
bool same_bits(const A& left, const A& right) {
  if (left.rows() != right.rows() || left.cols() != right.cols()) return false;
  const auto bytes = static_cast<std::size_t>(left.size()) * sizeof(*left.data());
  return bytes == 0 || std::memcmp(left.data(), right.data(), bytes) == 0;
}

template <class S>
bool same_bits(const holdfast::Transitions<S>& left, const holdfast::Transitions<S>& right) {
  return same_bits(left.observations, right.observations) && same_bits(left.actions, right.actions) &&
         same_bits(left.rewards, right.rewards) && same_bits(left.next_observations, right.next_observations) &&
         same_bits(left.terminals, right.terminals) && same_bits(left.timeouts, right.timeouts) &&
         same_bits(left.action_log_probs, right.action_log_probs);
}

/// The values of a row, to compare whole.
template <class Derived>
std::vector<double> list(const Eigen::DenseBase<Derived>& row) {
  std::vector<double> out;
  for (Index i = 0; i < row.size(); ++i) out.push_back(static_cast<double>(row.derived()(i)));
  return out;
}

}  // namespace fixture
