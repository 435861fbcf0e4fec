/// \file
/// Acting by the critics alone: the action they value most, and a little chance for the others.
#pragma once

#include <cmath>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/networks/net.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// π(a|s) = 1 − ε + ε/A for the action of the largest min_i Q_i(s, a), the first of equals, and ε/A for each other one:
/// how DQN acts. It holds critics of a finite set of actions, and does not learn.
template <class Critics>
class Greedy {
 public:
  using Scalar = typename Critics::Scalar;
  using Actions = typename Critics::Actions;
  using Set = Candidates<Scalar, Actions>;
  static_assert(FiniteActions<Actions>, "holdfast: a Greedy policy chooses among finite actions");

  /// Workspaces.
  struct Tape {
    typename Critics::Tape critics;
    Set candidates;
    Row<Scalar> value;
  };

  /// `epsilon` is ε, in [0, 1], and `action_size` A. Throws ConfigError, also where there are no critics.
  Greedy(Critics critics, Index action_size, double epsilon = 0)
      : critics_(std::move(critics)), action_size_(action_size), epsilon_(static_cast<Scalar>(epsilon)) {
    require(critics_.size() > 0, "critics.size", "at least 1, to choose by", critics_.size());
    require(action_size > 0, "sizes.action", "positive", action_size);
    require(epsilon >= 0 && epsilon <= 1, "epsilon", "in [0, 1]", epsilon);
  }

  [[nodiscard]] static constexpr const char* name() { return "greedy"; }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  [[nodiscard]] Index action_size() const { return action_size_; }
  [[nodiscard]] double epsilon() const { return static_cast<double>(epsilon_); }

  /// All A actions for each column of `observations`, whatever is asked for, with their probabilities as weights. The
  /// log-probability of an action that is never taken is −∞.
  void propose(const Matrix<Scalar>& observations, Index, Generator&, Tape& tape, Set& set) const {
    evaluate(observations, tape, set);
    const Scalar rest = epsilon_ / static_cast<Scalar>(action_size_);
    set.weights.setConstant(set.actions.size(), rest);
    for (Index state = 0; state < observations.cols(); ++state)
      set.weights(state * action_size_ + best(tape.value, state)) += 1 - epsilon_;
    set.log_probs = set.weights.log();
  }

  /// The action of the largest value, 1×B.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    const Row<Scalar>& value = values(observations, tape);
    out.resize(observations.cols());
    for (Index state = 0; state < out.size(); ++state) out(state) = best(value, state);
  }

  /// What it chooses by: min_i Q_i of every action of each state, 1×AB. Lives in the tape until its next use.
  const Row<Scalar>& values(const Matrix<Scalar>& observations, Tape& tape) const {
    evaluate(observations, tape, tape.candidates);
    return tape.value;
  }

 private:
  void evaluate(const Matrix<Scalar>& observations, Tape& tape, Set& set) const {
    every_action(action_size_, observations.cols(), set);
    minimum(critics_.values(Net::online, observations, set.actions, tape.critics), tape.value);
  }
  [[nodiscard]] Index best(const Row<Scalar>& value, Index state) const {
    Index action = 0;
    value.segment(state * action_size_, action_size_).maxCoeff(&action);
    return action;
  }

  Critics critics_;
  Index action_size_;
  Scalar epsilon_;
};

}  // namespace holdfast
