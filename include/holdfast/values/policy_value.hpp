/// \file
/// The value of a state under the learner's own policy: what SAC, AWAC and CQL bootstrap from.
#pragma once

#include "holdfast/core/fields.hpp"
#include "holdfast/learners/context.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)], the entropy term only where `Soft`.
///
/// The expectation is over the policy's own candidates: `samples` draws of a continuous policy. The soft value is that
/// of SAC (Haarnoja et al. 2018, equation 3, with the minimum of Fujimoto et al. 2018) and needs an improvement that
/// publishes its temperature α.
template <bool Soft>
struct BasicPolicyValue {
  Index samples = 1;  ///< K, draws of the policy per state

  static constexpr bool needs_temperature = Soft;

  static void fields(auto& self, auto&& visit) { visit("samples", self.samples, at_least(1)); }
  /// Throws ConfigError that names the field.
  void validate() const { check_fields(*this); }

  template <class Policy, class Critics>
  class State {
   public:
    using X = Context<Policy, Critics>;
    using Scalar = typename X::Scalar;

    State(const BasicPolicyValue& config, const Policy&, const Critics&, Sizes, Generator&)
        : samples_(config.samples) {}

    void prepare(X&) {}
    void track(X&, double) {}

    /// V of one side of the batch, 1×B, from the online or the target critics.
    void values(X& x, Side side, Net net, Row<Scalar>& out) {
      const Matrix<Scalar>& observations = x.observations(side);
      x.policy.propose(observations, samples_, x.generator, policy_tape_, candidates_);
      minimum(x.critics.values(net, observations, candidates_.actions, critic_tape_), value_);
      if constexpr (Soft) value_ -= x.temperature * candidates_.log_probs;
      expect(candidates_, value_, out);
    }

    /// A(s, a) = min_i Q_i(s, a) − V(s) of the batch's own actions, 1×B, from the online critics.
    void advantage(X& x, Row<Scalar>& out) {
      values(x, Side::current, Net::online, baseline_);
      minimum(x.critics.values(Net::online, x.batch.observations, x.batch.actions, data_tape_), out);
      out -= baseline_;
    }

    template <class Visitor>
    void report(Visitor&&) const {}

   private:
    Index samples_;
    typename Policy::Tape policy_tape_;
    typename Critics::Tape critic_tape_;  // K actions per state
    typename Critics::Tape data_tape_;    // one: a tape for both would be allocated anew at each turn
    Candidates<Scalar, typename Policy::Actions> candidates_;
    Row<Scalar> value_;
    Row<Scalar> baseline_;
  };
};

/// V(s) = E_π[min_i Q_i(s, a)]: AWAC, CQL, and SAC without entropy in the backup.
using PolicyValue = BasicPolicyValue<false>;

/// V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)]: SAC.
using SoftPolicyValue = BasicPolicyValue<true>;

}  // namespace holdfast
