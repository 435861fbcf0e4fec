/// \file
/// SupportedMaximum and MaximumBackup: the maximum over draws of the policy, as in BEAR and in CQL's maximum backup.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/values/proposal_value.hpp"

namespace holdfast {

/// Returns E[max of n draws] of a random value that equals `values`_k with probability `weights`_k (both of size K);
/// n = `draws` is at least 1. This is Σ_k value_(k) (F_k^n − F_{k−1}^n), with value_(k) in ascending order and F_k the
/// total weight of the first k. `order` is scratch memory.
template <class Values, class Weights>
[[nodiscard]] typename Values::Scalar expected_maximum(const Values& values, const Weights& weights, Index draws,
                                                       std::vector<Index>& order) {
  using Scalar = typename Values::Scalar;
  order.resize(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {  // NaN last, to keep a strict weak order
    return values(a) < values(b) || (std::isnan(values(b)) && !std::isnan(values(a)));
  });
  Scalar expected = 0;
  Scalar weight = 0;
  Scalar below = 0;
  for (const Index k : order) {
    weight += weights(k);
    const Scalar up_to = std::pow(weight, static_cast<Scalar>(draws));
    expected += values(k) * (up_to - below);
    below = up_to;
  }
  return expected / below;  // the weights sum to one only up to rounding
}

/// The supported maximum of BEAR's backup: V(s) = max_k (λ min_i Q_i(s, a_k) + (1 − λ) max_i Q_i(s, a_k)) over K draws
/// a_k of the policy (Kumar et al. 2019, equation 4, with the soft clipping of BCQ, Fujimoto et al. 2019). V stays
/// within the support of the data as long as the policy does. For finite actions V is the exact expectation of this
/// maximum over K draws. The advantage is the same mix of the critics at the data's action, minus V.
///
/// λ = 1, full pessimism, is the maximum backup of CQL. With `per_critic` each critic's maximum over the actions is
/// taken first and the critics' maxima are mixed, as in CQL's own code; other implementations mix first. For finite
/// actions `per_critic` mixes the critics' expected maxima.
template <bool Pessimistic>
struct BasicSupportedMaximum {
  Index samples = 10;                                ///< K, draws of the policy per state
  double minimum_weight = Pessimistic ? 1.0 : 0.75;  ///< λ, [0, 1]
  bool per_critic = false;                           ///< maximum over actions first, then the mix over critics

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, size_from(1));
    visit("minimum_weight", self.minimum_weight, Interval{0, 1});
    visit("per_critic", self.per_critic);
  }

  void warn(Warnings& warnings) const {
    if (warnings.critics() != 1) return;
    for (const char* field : {"minimum_weight", "per_critic"}) warnings.idle(field, "there is one critic");
  }

  template <class Policy, class Critics>
  using State = ProposalValue<BasicSupportedMaximum, Policy, Critics>;

  template <class Scalar>
  void over_critics(const Matrix<Scalar>& q, Row<Scalar>& out) const {
    const auto weight = static_cast<Scalar>(minimum_weight);
    out = weight * q.colwise().minCoeff().array() + (1 - weight) * q.colwise().maxCoeff().array();
  }

  template <class Scalar, class Actions>
  void over_proposal(const Matrix<Scalar>& q, const Proposal<Scalar, Actions>& proposal, Scalar,
                     ProposalScratch<Scalar>& scratch, Row<Scalar>& out) const {
    const auto best_of = [&](const auto& values, Index state) {
      const auto own = values.segment(state * proposal.per_state, proposal.per_state);
      if constexpr (FiniteActions<Actions>)
        return expected_maximum(own, proposal.weights.segment(state * proposal.per_state, proposal.per_state), samples,
                                scratch.order);
      else
        return own.maxCoeff();
    };
    const auto weight = static_cast<Scalar>(minimum_weight);
    out.resize(proposal.states());
    if (per_critic) {
      for (Index state = 0; state < out.size(); ++state) {
        Scalar least = std::numeric_limits<Scalar>::infinity();
        Scalar largest = -least;
        for (Index i = 0; i < q.rows(); ++i) {
          const Scalar best = best_of(q.row(i), state);
          least = std::min(least, best);
          largest = std::max(largest, best);
        }
        out(state) = weight * least + (1 - weight) * largest;
      }
    } else {
      over_critics(q, scratch.value);
      for (Index state = 0; state < out.size(); ++state) out(state) = best_of(scratch.value, state);
    }
  }
};

/// The value rule of BEAR, λ = 0.75.
using SupportedMaximum = BasicSupportedMaximum<false>;

/// The maximum backup of CQL, λ = 1.
using MaximumBackup = BasicSupportedMaximum<true>;

}  // namespace holdfast
