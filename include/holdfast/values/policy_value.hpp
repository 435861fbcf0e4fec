/// \file
/// PolicyValue and SoftPolicyValue: the value of a state under the learner's own policy, as in SAC, AWAC and CQL.
#pragma once

#include <array>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/values/proposal_value.hpp"

namespace holdfast {

/// The value that the critics of a backup give together.
enum class BackupCritic {
  minimum,  ///< min_i Q_i, as in TD3 and SAC
  mean      ///< (1/E) Σ_i Q_i, as in FQL
};

constexpr auto enumerators(BackupCritic) {
  return std::array{Enumerator<BackupCritic>{"minimum", BackupCritic::minimum},
                    Enumerator<BackupCritic>{"mean", BackupCritic::mean}};
}

/// The policy value rule: V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)], and A = min_i Q_i(s, a) − V(s). The entropy term
/// is included only if `Soft`.
///
/// The expectation is over the policy's proposal: `samples` draws for continuous actions, and all actions, exactly,
/// for a finite action set. The soft value is that of SAC (Haarnoja et al. 2018, equation 3, with the minimum of
/// Fujimoto et al. 2018). It needs an improvement that publishes its temperature α.
///
/// With a `subset` the backup takes the minimum of so many of the target critics, drawn at random for each update: 2 of
/// 10 in REDQ (Chen et al. 2021, "Randomized ensembled double Q-learning") and RLPD (Ball et al. 2023). Many critics
/// then make the values steadier without making them ever more pessimistic. The advantage is by all critics.
///
/// With `critic` = mean, the critics' mean replaces their minimum everywhere (Park et al. 2025, "Flow Q-learning").
template <bool Soft, BackupCritic Critic = BackupCritic::minimum>
struct BasicPolicyValue {
  Index samples = 1;  ///< K, draws of a continuous policy per state
  Index subset = 0;   ///< critics, drawn anew for each backup, that are asked; 0: all; at most their number
  BackupCritic critic = Critic;

  static constexpr bool needs_temperature = Soft;

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, size_from(1));
    visit("subset", self.subset, size_from(0));
    visit("critic", self.critic);
  }

  static void absent(const Composition& in, auto&& visit) {
    if (in.finite_actions) visit("samples", all_are_counted);
  }

  void warn(Warnings& warnings) const {
    if (warnings.critics() == 1 || subset == 1) warnings.idle("critic", "one critic is asked");
  }

  template <class Policy, class Critics>
  using State = ProposalValue<BasicPolicyValue, Policy, Critics>;

  template <class Scalar>
  void over_critics(const Matrix<Scalar>& q, Row<Scalar>& out) const {
    if (critic == BackupCritic::mean)
      out = q.colwise().mean().array();
    else
      minimum(q, out);
  }

  template <class Scalar, class Actions>
  void over_proposal(const Matrix<Scalar>& q, const Proposal<Scalar, Actions>& proposal,
                     [[maybe_unused]] Scalar temperature, ProposalScratch<Scalar>& scratch, Row<Scalar>& out) const {
    over_critics(q, scratch.value);
    if constexpr (Soft) scratch.value -= temperature * proposal.log_probs;
    expect(proposal, scratch.value, out);
  }
};

/// The value rule of AWAC, of CQL and of SAC without entropy in the backup: V(s) = E_π[min_i Q_i(s, a)].
using PolicyValue = BasicPolicyValue<false>;

/// The value rule of FQL: V(s) = E_π[(1/E) Σ_i Q_i(s, a)].
using MeanPolicyValue = BasicPolicyValue<false, BackupCritic::mean>;

/// The value rule of SAC: V(s) = E_π[min_i Q_i(s, a) − α log π(a|s)].
using SoftPolicyValue = BasicPolicyValue<true>;

}  // namespace holdfast
