/// \file
/// BehaviorClone: a model of the behavior policy, of the same kind as the learner's policy, for use by divergences.
#pragma once

#include <utility>

#include "holdfast/bellman/context.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The base of a divergence's State that needs a density of the data: a model β̂ of the behavior policy. β̂ has the
/// policy's kind and configuration, and clones the batch in every update.
template <class Policy, class Critics>
class BehaviorClone {
  static_assert(check_scores_proposals<Policy>());

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;
  using ProposalType = Proposal<Scalar, typename Policy::Actions>;

  /// Begins β̂ as a copy of the policy.
  BehaviorClone(Policy policy, const AdamConfig& optimizer) : behavior_(std::move(policy), optimizer, "behavior") {}

  [[nodiscard]] const Policy& behavior() const { return behavior_.network(); }
  [[nodiscard]] Policy& behavior() { return behavior_.network(); }
  [[nodiscard]] const auto& optimizer() const { return behavior_.optimizer(); }

  /// Takes one step of cloning on the batch.
  void prepare(ContextType& context) {
    ones_.setOnes(context.batch.size());
    loss_ = behavior().cloning_loss(context.batch.observations, context.batch.actions, ones_, context.generator,
                                    cloning_tape_, behavior_.gradient());
    context.require_finite(loss_, "behavior model's loss");
    behavior_.step();
  }

  static void state(auto& self, auto&& visit) { visit("behavior", self.behavior_); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("behavior_loss", static_cast<double>(loss_));
    if constexpr (requires { cloning_tape_.clamped_share; }) visit("clamped_share", cloning_tape_.clamped_share);
  }

 protected:
  /// Returns log β̂(a|s) of the policy's proposal, 1×KB. The tape is kept for `log_prob_gradient`.
  const Row<Scalar>& log_probs(const Matrix<Scalar>& observations, const ProposalType& proposal) {
    return behavior().log_prob_of(observations, proposal, tape_);
  }

  /// Adds adjoint · ∂ log β̂/∂a of the last `log_probs` to `out`.
  void log_prob_gradient(const ProposalType& proposal, const Row<Scalar>& adjoint, ProposalType& out) const {
    behavior().log_prob_gradient(tape_, proposal, adjoint, out);
  }

 private:
  Trained<Policy> behavior_;
  Scalar loss_ = 0;
  typename Policy::Tape cloning_tape_;  // its size differs from that of tape_: sharing one would reallocate at each use
  typename Policy::Tape tape_;
  Row<Scalar> ones_;
};

}  // namespace holdfast
