/// \file
/// GreedyLoss: the loss −E_π[min_i Q_i(s, a)], shared by the greedy policy improvements.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The greedy loss −E_π[min_i Q_i(s, a)], averaged over the batch's states, and its gradient with respect to the
/// policy's proposal.
template <class Policy, class Critics>
class GreedyLoss {
 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;
  using ProposalType = Proposal<Scalar, typename Policy::Actions>;

  /// Throws ConfigError if there are no critics.
  explicit GreedyLoss(const Critics& critics) { require_critics(critics); }

  /// Returns the loss of `proposal`, proposed at the batch's observations. Sets `adjoint.weights`, and for continuous
  /// actions `adjoint.actions`.
  Scalar operator()(ContextType& context, const ProposalType& proposal, ProposalType& adjoint) {
    const Matrix<Scalar>& observations = context.batch.observations;
    const Scalar share = Scalar{1} / static_cast<Scalar>(context.batch.size());
    const Matrix<Scalar>& q = context.critics.values(Net::online, observations, proposal.actions, tape_);
    minimum(q, value_);
    value_adjoint_ = -share * proposal.weights;
    if constexpr (!FiniteActions<typename Policy::Actions>) {
      minimum_adjoint(q, value_adjoint_, critic_adjoint_);
      context.critics.action_gradient(observations, proposal.actions, tape_, critic_adjoint_, adjoint.actions);
    }
    adjoint.weights = -share * value_;
    return (value_adjoint_ * value_).sum();
  }

 private:
  typename Critics::Tape tape_;
  Row<Scalar> value_;
  Row<Scalar> value_adjoint_;
  Matrix<Scalar> critic_adjoint_;
};

}  // namespace holdfast
