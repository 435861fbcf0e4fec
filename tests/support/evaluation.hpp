/// \file
/// Small logs for estimators, given as numbers.
#pragma once

#include <initializer_list>
#include <limits>
#include <vector>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"

namespace holdfast::testing {

inline Row<double> row(std::initializer_list<double> numbers) {
  Row<double> result(static_cast<Index>(numbers.size()));
  Index i = 0;
  for (const double number : numbers) result(i++) = number;
  return result;
}

/// Returns trajectories of the given lengths, each of which ends in a terminal state.
inline std::vector<TrajectoryRange> ranges_of(const std::vector<Index>& lengths) {
  std::vector<TrajectoryRange> ranges;
  Index begin = 0;
  for (const Index length : lengths) {
    ranges.push_back({begin, begin + length, true, false});
    begin += length;
  }
  return ranges;
}

/// Returns the action values along trajectories: V(s_{t+1}) is V(s_t) moved by one step, and 0 after the end.
inline ActionValues values_of(const Trajectories& ranges, const Row<double>& q, const Row<double>& v) {
  ActionValues values{q, Row<double>::Zero(q.size()), Row<double>(ranges.size())};
  for (Index i = 0; i < ranges.size(); ++i) {
    values.initial(i) = v(ranges[i].begin);
    for (Index t = ranges[i].begin; t + 1 < ranges[i].end; ++t) values.next(t) = v(t + 1);
  }
  return values;
}

/// An example with two states, two actions and two steps: six logged trajectories, and a Q that is wrong.
struct TwoStepExample {
  static constexpr double discount = 0.9;
  ActionIndices states{{0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0}};
  ActionIndices actions{{0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1}};
  Matrix<double> rewards{{1, 2}, {.5, -1}};     // A×S
  Matrix<double> target{{.8, .9}, {.2, .1}};    // A×S, π
  Matrix<double> behavior{{.5, .6}, {.5, .4}};  // A×S
  Matrix<double> wrong_q{{1.5, 2.5}, {1, 0}};   // A×S
  /// P(s′ = 1 | s, a), A×S.
  Matrix<double> to_one{{.3, .5}, {.8, .9}};

  /// Returns the process, which never ends.
  [[nodiscard]] TabularMdp mdp() const {
    TabularMdp mdp = TabularMdp::zeros(2, 2);
    mdp.rewards = rewards;
    mdp.initial << .6, .4;
    for (Index s = 0; s < 2; ++s)
      for (Index a = 0; a < 2; ++a) mdp.transitions.col(mdp.column(s, a)) << 1 - to_one(a, s), to_one(a, s);
    return mdp;
  }
  [[nodiscard]] Row<double> taken(const Matrix<double>& table) const {
    Row<double> values(states.size());
    for (Index t = 0; t < states.size(); ++t) values(t) = table(actions(t), states(t));
    return values;
  }
  [[nodiscard]] EvaluationLog log() const {
    return {ranges_of(std::vector<Index>(6, 2)),
            taken(rewards),
            taken((target.array() / behavior.array()).log().matrix()),
            {discount, 2}};
  }
  /// Returns the values along the log, from tables A×S for the first and the second step.
  [[nodiscard]] ActionValues values(const Matrix<double>& first, const Matrix<double>& second) const {
    Row<double> q(states.size());
    Row<double> v(states.size());
    for (Index t = 0; t < states.size(); ++t) {
      const Matrix<double>& table = t % 2 == 0 ? first : second;
      q(t) = table(actions(t), states(t));
      v(t) = target.col(states(t)).dot(table.col(states(t)));
    }
    return values_of(log().trajectories, q, v);
  }
  [[nodiscard]] ActionValues wrong_values() const { return values(wrong_q, wrong_q); }
};

}  // namespace holdfast::testing
