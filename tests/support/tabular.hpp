/// \file
/// The policy and the Q of a learner over finite actions as tables, for one-hot states.
#pragma once

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast::testing {

/// Returns π(a|s), A×S.
template <class Policy>
[[nodiscard]] Matrix<double> policy_table(const Policy& policy) {
  const Index states = policy.observation_size();
  Generator unused(0);
  typename Policy::Tape tape;
  Proposal<double, ActionIndices> proposal;
  policy.propose(Matrix<double>::Identity(states, states), 1, unused, tape, proposal);
  return proposal.weights.reshaped(policy.action_size(), states).matrix();
}

/// Returns 1 for the action that the policy takes and 0 for the others, A×S.
template <class Policy>
[[nodiscard]] Matrix<double> mode_table(const Policy& policy, Index states) {
  typename Policy::Tape tape;
  ActionIndices actions;
  policy.mode(Matrix<double>::Identity(states, states), tape, actions);
  Matrix<double> table = Matrix<double>::Zero(policy.action_size(), states);
  for (Index s = 0; s < states; ++s) table(actions(s), s) = 1;
  return table;
}

/// Returns min_i Q_i(s, a) of the online critics, A×S.
template <class Learner>
[[nodiscard]] Matrix<double> q_table(const Learner& learner) {
  const Index actions = learner.policy().action_size();
  const Index states = learner.critics().member(Net::online, 0).parameters().size() / actions;
  typename Learner::CriticsType::Tape tape;
  Proposal<double, ActionIndices> proposal;
  propose_every_action(actions, states, proposal);
  Row<double> q;
  minimum(learner.critics().values(Net::online, Matrix<double>::Identity(states, states), proposal.actions, tape), q);
  return q.reshaped(actions, states).matrix();
}

/// Returns Σ_s′ P(s′|s, a) V(s′) for every action and state, A×S, where `value` holds V (S) and P(s′|s, a) counts only
/// steps that do not end.
[[nodiscard]] inline Matrix<double> expected_next(const TabularMdp& mdp, const Vector<double>& value) {
  const Vector<double> all = mdp.transitions.transpose() * value;
  return all.reshaped(mdp.actions(), mdp.states());
}

}  // namespace holdfast::testing
