/// \file
/// Unsupported: the share of a policy over finite actions that lies outside the support of the data.
#pragma once

#include <cmath>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/divergences/behavior_clone.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The policy's probability of unsupported actions, D(s) = Σ_a π(a|s) [β̂(a|s) < threshold]. It is 0 exactly if the
/// policy is in the set Π_ε of Kumar et al. 2019, "BEAR", definition 4.1. (Samples of continuous actions can only keep
/// a policy near that set.) β̂ has the kind and configuration of π and clones the data during training.
struct Unsupported {
  double threshold = 0.05;             ///< an action with β̂(a|s) below it is unsupported, [0, 1]. Keep it below 1/A:
                                       ///< otherwise a state may have no supported action
  AdamConfig behavior_optimizer = {};  ///< optimizer of β̂

  static void fields(auto& self, auto&& visit) {
    visit("threshold", self.threshold, Interval{0, 1});
    visit("behavior_optimizer", self.behavior_optimizer);
  }

  template <class Policy, class Critics>
  class State : public BehaviorClone<Policy, Critics> {
    static_assert(FiniteActions<typename Policy::Actions>,
                  "holdfast: Unsupported counts finite actions; for continuous ones there is MaximumMeanDiscrepancy");

   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;
    using ProposalType = Proposal<Scalar, typename Policy::Actions>;

    State(const Unsupported& config, const Policy& policy, Sizes, Generator&)
        : BehaviorClone<Policy, Critics>(policy, config.behavior_optimizer),
          log_threshold_(static_cast<Scalar>(std::log(config.threshold))) {}

    /// Sets `out` to D of each state, 1×B, for a proposal at `observations`. The set of unsupported actions is
    /// kept for `backward`.
    void values(ContextType&, const Matrix<Scalar>& observations, const ProposalType& proposal, Row<Scalar>& out) {
      const Row<Scalar>& log_probs = this->log_probs(observations, proposal);
      outside_.resize(log_probs.size());
      for (Index i = 0; i < outside_.size(); ++i) outside_(i) = log_probs(i) < log_threshold_ ? 1 : 0;
      expect(proposal, outside_, out);
    }

    /// Adds adjoint = ∂L/∂D (1×B) times the gradient of the last `values` to the gradient `out` of the proposal.
    void backward(const ProposalType& proposal, const Row<Scalar>& adjoint, ProposalType& out) {
      for (Index i = 0; i < outside_.size(); ++i) out.weights(i) += adjoint(i / proposal.per_state) * outside_(i);
    }

   private:
    Scalar log_threshold_;
    Row<Scalar> outside_;
  };
};

}  // namespace holdfast
