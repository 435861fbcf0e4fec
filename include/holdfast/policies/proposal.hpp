/// \file
/// Proposal: a weighted set of actions for each state.
#pragma once

#include <cmath>
#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A set of K actions for each of B states, with log-probabilities and weights. Action k of state b is column b·K + k.
/// An expectation under the policy is E_π[f] = Σ_k weight · f. The actions are K samples of weight
/// 1/K (continuous actions), or all actions with weight π(a|s) (finite action set).
///
/// The same struct holds a gradient with respect to a proposal.
template <class ScalarType, class ActionsType = Matrix<ScalarType>>
struct Proposal {
  using Scalar = ScalarType;
  using Actions = ActionsType;

  Index per_state = 1;    ///< K
  Actions actions;        ///< A×KB
  Row<Scalar> log_probs;  ///< 1×KB, log π(a|s); −∞ for a finite action of weight 0; NaN if unknown
  Row<Scalar> weights;    ///< 1×KB, summing to one for each state
  /// A×KB, the draws before the tanh or clipping that turned them into actions; empty if there are none. In a gradient
  /// it is empty or is added to the gradient of the actions.
  Actions unsquashed;

  /// Returns B, the number of states.
  [[nodiscard]] Index states() const { return log_probs.size() / per_state; }
};

/// Makes `proposal` propose all `action_size` actions of a finite action set for each of `states` states. The policy
/// must then fill in log-probabilities and weights.
template <class Scalar>
void propose_every_action(Index action_size, Index states, Proposal<Scalar, ActionIndices>& proposal) {
  proposal.per_state = action_size;
  proposal.actions.resize(size_product("proposed actions", action_size, states));
  for (Index i = 0, state = 0; state < states; ++state)
    for (Index action = 0; action < action_size; ++action, ++i) proposal.actions(i) = action;
}

/// Makes `proposal` that of `per_state` equally likely actions for each of `states` states, whose densities are not
/// known: sets the weights (1/K), and the log-probabilities to NaN. The policy must fill in the actions.
template <class Scalar, class Actions>
void set_unknown_densities(Index per_state, Index states, Proposal<Scalar, Actions>& proposal) {
  const Index count = per_state * states;
  proposal.per_state = per_state;
  proposal.log_probs.setConstant(count, std::numeric_limits<Scalar>::quiet_NaN());
  proposal.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
}

/// Mixes a proposal of all actions of a finite action set with the uniform distribution, which gets the weight `share`
/// in [0, 1].
template <class Scalar>
void mix_uniformly(double share, Proposal<Scalar, ActionIndices>& proposal) {
  if (share == 0) return;
  const double each = share / static_cast<double>(proposal.per_state);
  proposal.weights = static_cast<Scalar>(1 - share) * proposal.weights + static_cast<Scalar>(each);
  proposal.log_probs = proposal.weights.log();
}

/// Returns the index of the largest number, the first of equals. If there is a NaN, returns the index of a NaN, so that
/// none is overlooked. There must be at least one number.
template <class Numbers>
[[nodiscard]] Index first_largest(const Numbers& numbers) {
  Index best = 0;
  for (Index i = 1; i < numbers.size(); ++i)
    if (numbers(i) > numbers(best) || std::isnan(numbers(i))) best = i;
  return best;
}

/// Draws one action of each state according to the weights, which gives a sample from the policy that made the
/// proposal. Sets the actions (A×B) and log-probabilities (1×B) of `out`, with weight 1. If there is only one action
/// per state, no random number is drawn.
template <class Scalar, class Actions>
void choose(const Proposal<Scalar, Actions>& proposal, Generator& generator, Proposal<Scalar, Actions>& out) {
  out.per_state = 1;
  out.actions.resize(proposal.actions.rows(), proposal.states());
  out.log_probs.resize(proposal.states());
  out.weights.setOnes(proposal.states());
  for (Index state = 0; state < proposal.states(); ++state) {
    Index chosen = state * proposal.per_state;
    if (proposal.per_state > 1) {
      const Index last = chosen + proposal.per_state - 1;
      double left = generator.uniform();
      for (; chosen < last && left >= static_cast<double>(proposal.weights(chosen)); ++chosen)
        left -= static_cast<double>(proposal.weights(chosen));
      // Rounding may have gone past the last action with positive weight.
      while (proposal.weights(chosen) == 0 && chosen > state * proposal.per_state) --chosen;
    }
    out.actions.col(state) = proposal.actions.col(chosen);
    out.log_probs(state) = proposal.log_probs(chosen);
  }
}

/// Computes the expectation over each state's proposed actions, out_b = Σ_k weight_bk · value_bk (1×KB → 1×B).
template <class ProposalType, class Scalar>
void expect(const ProposalType& proposal, const Row<Scalar>& values, Row<Scalar>& out) {
  using PerState = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic>>;
  out.resize(proposal.states());
  out = (PerState(proposal.weights.data(), proposal.per_state, proposal.states()) *
         PerState(values.data(), proposal.per_state, proposal.states()))
            .colwise()
            .sum();
}

}  // namespace holdfast
