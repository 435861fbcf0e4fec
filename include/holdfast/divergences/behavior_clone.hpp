/// \file
/// A model of what the data does, of the policy's own kind, that divergences compare the policy with.
#pragma once

#include <utility>

#include "holdfast/bellman/context.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/policies/candidates.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// β̂, a policy of π's kind and configuration that clones the batch in every update. The base of a divergence's State.
template <class Policy, class Critics>
class BehaviorClone {
  static_assert(check_scores_candidates<Policy>());

 public:
  using X = Context<Policy, Critics>;
  using Scalar = typename X::Scalar;
  using Set = Candidates<Scalar, typename Policy::Actions>;

  /// β̂ begins as a copy of the policy.
  BehaviorClone(Policy policy, const AdamConfig& optimizer)
      : behavior_(std::move(policy)), optimizer_(optimizer, "behavior") {}

  [[nodiscard]] const Policy& behavior() const { return behavior_; }
  [[nodiscard]] Policy& behavior() { return behavior_; }
  [[nodiscard]] const Adam<Scalar>& optimizer() const { return optimizer_; }

  /// Calls visit(parameters, optimizer) for β̂.
  template <class Visitor>
  void networks(Visitor&& visit) const {
    visit(behavior_.parameters(), optimizer_);
  }

  /// One step of cloning.
  void prepare(X& x) {
    ones_.setOnes(x.batch.size());
    gradient_.setZero(behavior_.parameters().size());
    loss_ = behavior_.clone(x.batch.observations, x.batch.actions, ones_, cloning_tape_, gradient_);
    x.require_finite(loss_, "behaviour model's loss");
    optimizer_.step(behavior_.parameters(), gradient_);
  }

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("behavior_loss", static_cast<double>(loss_));
    if constexpr (requires { cloning_tape_.clamped_share; }) visit("clamped_share", cloning_tape_.clamped_share);
  }

 protected:
  /// log β̂(a|s) of the policy's candidates, 1×KB; the tape is kept for `log_prob_gradient`.
  const Row<Scalar>& log_probs(const Matrix<Scalar>& observations, const Set& set) {
    return behavior_.log_prob_of(observations, set, tape_);
  }

  /// Adds adjoint · ∂ log β̂/∂a of the last `log_probs` to `out`.
  void log_prob_gradient(const Set& set, const Row<Scalar>& adjoint, Set& out) const {
    behavior_.log_prob_gradient(tape_, set, adjoint, out);
  }

 private:
  Policy behavior_;
  Adam<Scalar> optimizer_;
  Scalar loss_ = 0;
  typename Policy::Tape cloning_tape_;  // of another size: one for both would be allocated anew at each turn
  typename Policy::Tape tape_;
  Vector<Scalar> gradient_;
  Row<Scalar> ones_;
};

}  // namespace holdfast
