/// \file
/// How far the policy is from the data by densities: BRAC's KL divergence.
#pragma once

#include <utility>

#include "holdfast/checks.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/learners/context.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// D(s) = KL(π, β̂) ≈ Σ_k w_k (log π(a_k|s) − log β̂(a_k|s)) over the policy's candidates, β̂ a policy of π's own kind and
/// configuration that clones the data alongside (Wu et al. 2019, "Behavior regularized offline reinforcement
/// learning", section 4). An estimate from few draws, it can be negative; its mean cannot.
struct KullbackLeibler {
  AdamConfig behavior_optimizer = {};  ///< of β̂

  static void fields(auto& self, auto&& visit) { visit("behavior_optimizer", self.behavior_optimizer); }

  template <class Policy, class Critics>
  class State {
    static_assert(check_scores_candidates<Policy>());

   public:
    using X = Context<Policy, Critics>;
    using Scalar = typename X::Scalar;
    using Set = Candidates<Scalar, typename Policy::Actions>;

    /// β̂ begins as a copy of the policy.
    State(const KullbackLeibler& config, Policy policy, Sizes, Generator&)
        : behavior_(std::move(policy)), optimizer_(config.behavior_optimizer) {}

    [[nodiscard]] const Policy& behavior() const { return behavior_; }
    [[nodiscard]] Policy& behavior() { return behavior_; }
    [[nodiscard]] const Adam<Scalar>& optimizer() const { return optimizer_; }

    /// One step of cloning.
    void prepare(X& x) {
      ones_.setOnes(x.batch.size());
      gradient_.setZero(behavior_.parameters().size());
      loss_ = behavior_.clone(x.batch.observations, x.batch.actions, ones_, cloning_tape_, gradient_);
      x.require_finite(loss_, "behaviour model's loss");
      optimizer_.step(behavior_.parameters(), gradient_);
    }

    /// D of each state, 1×B, for candidates proposed at `observations`; the tape is kept for `backward`.
    void values(X&, const Matrix<Scalar>& observations, const Set& set, Row<Scalar>& out) {
      ratios_ = set.log_probs - behavior_.log_prob_of(observations, set, tape_);
      expect(set, ratios_, out);
    }

    /// Adds adjoint = ∂L/∂D (1×B) times the gradient of the last `values` to that of the candidates.
    void backward(const Set& set, const Row<Scalar>& adjoint, Set& out) {
      shares_.resize(set.weights.size());
      for (Index i = 0; i < shares_.size(); ++i) shares_(i) = adjoint(i / set.per_state) * set.weights(i);
      out.log_probs += shares_;
      for (Index i = 0; i < shares_.size(); ++i) out.weights(i) += adjoint(i / set.per_state) * ratios_(i);
      shares_ = -shares_;
      behavior_.log_prob_gradient(tape_, set, shares_, out);
    }

    template <class Visitor>
    void report(Visitor&& visit) const {
      visit("behavior_loss", static_cast<double>(loss_));
      if constexpr (requires { cloning_tape_.clamped_share; }) visit("clamped_share", cloning_tape_.clamped_share);
    }

   private:
    Policy behavior_;
    Adam<Scalar> optimizer_;
    Scalar loss_ = 0;
    typename Policy::Tape cloning_tape_;  // of another size: one for both would be allocated anew at each turn
    typename Policy::Tape tape_;
    Vector<Scalar> gradient_;
    Row<Scalar> ones_;
    Row<Scalar> ratios_;
    Row<Scalar> shares_;
  };
};

}  // namespace holdfast
