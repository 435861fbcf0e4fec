/// \file
/// The value of a state under the learner's own policy: what SAC, AWAC and CQL bootstrap from.
#pragma once

#include "holdfast/bellman/composition.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/values/proposal_value.hpp"

namespace holdfast {

/// V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)], the entropy term only where `Soft`, and A = min_i Q_i(s, a) − V(s).
///
/// The expectation is over the policy's own candidates: `samples` draws of a continuous policy; every action, exactly,
/// of a finite one. The soft value is that of SAC (Haarnoja et al. 2018, equation 3, with the minimum of Fujimoto et
/// al. 2018) and needs an improvement that publishes its temperature α.
template <bool Soft>
struct BasicPolicyValue {
  Index samples = 1;  ///< K, draws of a continuous policy per state

  static constexpr bool needs_temperature = Soft;

  static void fields(auto& self, auto&& visit) { visit("samples", self.samples, size_from(1)); }

  static void absent(const Composition& in, auto&& visit) {
    if (in.finite_actions) visit("samples", all_are_counted);
  }

  template <class Policy, class Critics>
  using State = ProposalValue<BasicPolicyValue, Policy, Critics>;

  template <class Scalar>
  void over_critics(const Matrix<Scalar>& q, Row<Scalar>& out) const {
    minimum(q, out);
  }

  template <class Scalar, class Actions>
  void over_candidates(const Matrix<Scalar>& q, const Candidates<Scalar, Actions>& set,
                       [[maybe_unused]] Scalar temperature, ProposalScratch<Scalar>& scratch, Row<Scalar>& out) const {
    over_critics(q, scratch.value);
    if constexpr (Soft) scratch.value -= temperature * set.log_probs;
    expect(set, scratch.value, out);
  }
};

/// V(s) = E_π[min_i Q_i(s, a)]: AWAC, CQL, and SAC without entropy in the backup.
using PolicyValue = BasicPolicyValue<false>;

/// V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)]: SAC.
using SoftPolicyValue = BasicPolicyValue<true>;

}  // namespace holdfast
