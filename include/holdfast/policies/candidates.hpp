/// \file
/// What a policy proposes: a weighted set of actions per state.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// K candidate actions for each of B states, with log-probabilities and weights: candidate k of state b is column
/// b·K + k. An expectation under the policy is then E_π[f] = Σ_k weight · f, whether the candidates are K samples of
/// weight 1/K (continuous actions) or all actions with weight π(a|s) (finite ones).
///
/// The same shape holds a gradient with respect to a candidate set.
template <class ScalarType, class ActionsType = Matrix<ScalarType>>
struct Candidates {
  using Scalar = ScalarType;
  using Actions = ActionsType;

  Index per_state = 1;    ///< K
  Actions actions;        ///< A×KB
  Row<Scalar> log_probs;  ///< 1×KB, log π(a|s)
  Row<Scalar> weights;    ///< 1×KB, summing to one for each state
  /// A×KB, the draws before the tanh or the clipping that made actions of them; empty where there is none. In a
  /// gradient it is added to that of the actions, or empty.
  Actions unsquashed;

  /// B, the number of states.
  [[nodiscard]] Index states() const { return log_probs.size() / per_state; }
};

/// out_b = Σ_k weight_bk · value_bk: the expectation over each state's candidates (1×KB → 1×B).
template <class Set, class Scalar>
void expect(const Set& set, const Row<Scalar>& values, Row<Scalar>& out) {
  using Grid = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic>>;
  out.resize(set.states());
  out = (Grid(set.weights.data(), set.per_state, set.states()) * Grid(values.data(), set.per_state, set.states()))
            .colwise()
            .sum();
}

}  // namespace holdfast
