/// \file
/// Provides an ε-greedy policy on critics for a finite action set.
#pragma once

#include <cmath>
#include <utility>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/action_size.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The workspaces of a greedy choice.
template <class Critics>
struct GreedyTape {
  typename Critics::Tape critics;
  Proposal<typename Critics::Scalar, ActionIndices> proposal;
  Row<typename Critics::Scalar> value;
};

/// Returns min_i Q_i of all `action_size` actions of each state, 1×AB, and fills `proposal` with the actions. The
/// result is stored in the tape and valid until its next use.
template <class Critics, class Scalar>
const Row<Scalar>& values_of_every_action(const Critics& critics, Index action_size, const Matrix<Scalar>& observations,
                                          GreedyTape<Critics>& tape, Proposal<Scalar, ActionIndices>& proposal) {
  propose_every_action(action_size, observations.cols(), proposal);
  minimum(critics.values(Net::online, observations, proposal.actions, tape.critics), tape.value);
  return tape.value;
}

/// Returns the action with the largest value in state number `state`, the first of equals. `values` is 1×AB.
template <class Scalar>
[[nodiscard]] Index best_action(const Row<Scalar>& values, Index action_size, Index state) {
  return first_largest(values.segment(state * action_size, action_size));
}

/// Fills `proposal` with the proposals of a Greedy policy with these critics, without copying them.
template <class Critics, class Scalar>
void propose_greedily(const Critics& critics, Index action_size, Scalar epsilon, const Matrix<Scalar>& observations,
                      GreedyTape<Critics>& tape, Proposal<Scalar, ActionIndices>& proposal) {
  const Row<Scalar>& values = values_of_every_action(critics, action_size, observations, tape, proposal);
  proposal.weights.setConstant(proposal.actions.size(), epsilon / static_cast<Scalar>(action_size));
  for (Index state = 0; state < observations.cols(); ++state)
    proposal.weights(state * action_size + best_action(values, action_size, state)) += 1 - epsilon;
  proposal.log_probs = proposal.weights.log();
}

/// An ε-greedy policy, as used by DQN: π(a|s) = 1 − ε + ε/A for the action with the largest min_i Q_i(s, a) (the first
/// of equals), and ε/A for every other action. It holds critics for a finite action set and does not learn.
template <class Critics>
class Greedy {
 public:
  using Scalar = typename Critics::Scalar;
  using Actions = typename Critics::Actions;
  using ProposalType = Proposal<Scalar, Actions>;
  using Tape = GreedyTape<Critics>;
  static_assert(FiniteActions<Actions>, "holdfast: a Greedy policy chooses among finite actions");

  /// `epsilon` is ε in [0, 1]; `action_size` is A. Throws ConfigError if one is out of range, if there are no critics,
  /// or if the critics have another number of actions.
  Greedy(Critics critics, Index action_size, double epsilon = 0)
      : critics_(std::move(critics)), action_size_(action_size), epsilon_(static_cast<Scalar>(epsilon)) {
    require(critics_.size() > 0, "critics.size", "at least 1, to choose by", critics_.size());
    require(action_size > 0, "sizes.action", "positive", action_size);
    check_critic_actions(critics_, action_size);
    require(epsilon >= 0 && epsilon <= 1, "epsilon", "in [0, 1]", epsilon);
  }

  [[nodiscard]] static constexpr const char* name() { return "greedy"; }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  [[nodiscard]] Index action_size() const { return action_size_; }
  [[nodiscard]] double epsilon() const { return static_cast<double>(epsilon_); }

  /// Proposes all A actions for each column of `observations`, however many are requested, with their probabilities as
  /// weights. The log-probability of an action that is never taken is −∞.
  void propose(const Matrix<Scalar>& observations, Index, Generator&, Tape& tape, ProposalType& proposal) const {
    propose_greedily(critics_, action_size_, epsilon_, observations, tape, proposal);
  }

  /// Sets `out` (1×B) to the action with the largest value.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    const Row<Scalar>& all = values(observations, tape);
    out.resize(observations.cols());
    for (Index state = 0; state < out.size(); ++state) out(state) = best_action(all, action_size_, state);
  }

  /// Returns the values that it chooses by: min_i Q_i of every action of each state, 1×AB. The result is stored in the
  /// tape and valid until its next use.
  const Row<Scalar>& values(const Matrix<Scalar>& observations, Tape& tape) const {
    return values_of_every_action(critics_, action_size_, observations, tape, tape.proposal);
  }

 private:
  Critics critics_;
  Index action_size_;
  Scalar epsilon_;
};

}  // namespace holdfast
