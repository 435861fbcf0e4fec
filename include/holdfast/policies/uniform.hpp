/// \file
/// Provides the uniform policy for a finite action set.
#pragma once

#include <cmath>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The policy π(a|s) = 1/A. It has nothing to learn. Learners whose values choose among all actions, such as DQN, use
/// it for their proposals and act by their critics.
template <class ScalarType = float>
class Uniform {
 public:
  using Scalar = ScalarType;
  using Actions = ActionIndices;
  using ProposalType = Proposal<Scalar, Actions>;
  struct Config {
    static void fields(auto&, auto&&) {}
  };
  struct Tape {};

  /// Creates the policy for `sizes.action` actions. Throws ConfigError if that is not positive.
  explicit Uniform(Sizes sizes) : action_size_(sizes.action) {
    require(sizes.action > 0, "sizes.action", "positive", sizes.action);
  }
  Uniform(const Config&, Sizes sizes, Generator&) : Uniform(sizes) {}

  /// Returns an empty vector.
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  /// Returns A, the number of actions.
  [[nodiscard]] Index action_size() const { return action_size_; }

  /// Proposes all A actions for each column of `observations`, however many are requested, each with weight 1/A. Draws
  /// nothing.
  void propose(const Matrix<Scalar>& observations, Index, Generator&, Tape&, ProposalType& proposal) const {
    propose_every_action(action_size_, observations.cols(), proposal);
    proposal.log_probs.setConstant(proposal.actions.size(), -log_size());
    proposal.weights.setConstant(proposal.actions.size(), Scalar{1} / static_cast<Scalar>(action_size_));
  }

  /// Does nothing, because there are no parameters.
  void backward(const Matrix<Scalar>&, Tape&, const ProposalType&, const ProposalType&, Vector<Scalar>&) const {}

  /// Returns −(1/B) Σ_b weight_b log π(a_b|s_b).
  Scalar cloning_loss(const Matrix<Scalar>&, const Actions&, const Row<Scalar>& weights, Generator&, Tape&,
                      Vector<Scalar>&) const {
    return weights.mean() * log_size();
  }

  /// Sets every action to 0, the first of equals.
  void mode(const Matrix<Scalar>& observations, Tape&, Actions& out) const { out.setZero(observations.cols()); }

 private:
  [[nodiscard]] Scalar log_size() const { return std::log(static_cast<Scalar>(action_size_)); }

  Index action_size_ = 0;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
