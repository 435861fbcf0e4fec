/// \file
/// KullbackLeibler: the KL divergence of BRAC between the policy and a clone of the data.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/divergences/behavior_clone.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The KL divergence of BRAC: D(s) = KL(π, β̂) = Σ_k w_k (log π(a_k|s) − log β̂(a_k|s)) over the policy's proposal
/// (Wu et al. 2019, "Behavior regularized offline reinforcement learning", section 4). β̂ has the kind and
/// configuration of π and clones the data during training. For finite actions D is exact. For continuous actions it is
/// an estimate from few draws, which can be negative although its expectation cannot.
struct KullbackLeibler {
  AdamConfig behavior_optimizer = {};  ///< optimizer of β̂

  static void fields(auto& self, auto&& visit) { visit("behavior_optimizer", self.behavior_optimizer); }

  template <class Policy, class Critics>
  class State : public BehaviorClone<Policy, Critics> {
   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;
    using ProposalType = Proposal<Scalar, typename Policy::Actions>;

    State(const KullbackLeibler& config, const Policy& policy, Sizes, Generator&)
        : BehaviorClone<Policy, Critics>(policy, config.behavior_optimizer) {}

    /// Sets `out` to D of each state, 1×B, for a proposal at `observations`. The tape is kept for `backward`.
    void values(ContextType&, const Matrix<Scalar>& observations, const ProposalType& proposal, Row<Scalar>& out) {
      ratios_ = proposal.log_probs - this->log_probs(observations, proposal);
      expect(proposal, ratios_, out);
    }

    /// Adds adjoint = ∂L/∂D (1×B) times the gradient of the last `values` to the gradient `out` of the proposal.
    void backward(const ProposalType& proposal, const Row<Scalar>& adjoint, ProposalType& out) {
      shares_.resize(proposal.weights.size());
      for (Index i = 0; i < shares_.size(); ++i) shares_(i) = adjoint(i / proposal.per_state) * proposal.weights(i);
      out.log_probs += shares_;
      for (Index i = 0; i < shares_.size(); ++i) out.weights(i) += adjoint(i / proposal.per_state) * ratios_(i);
      shares_ = -shares_;
      this->log_prob_gradient(proposal, shares_, out);
    }

   private:
    Row<Scalar> ratios_;
    Row<Scalar> shares_;
  };
};

}  // namespace holdfast
