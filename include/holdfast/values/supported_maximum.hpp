/// \file
/// The best of a few draws of the policy, between the critics' pessimism and their optimism.
#pragma once

#include "holdfast/core/fields.hpp"
#include "holdfast/learners/context.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// V(s) = max over K draws a_k of the policy of λ min_i Q_i(s, a_k) + (1 − λ) max_i Q_i(s, a_k): BEAR's backup (Kumar
/// et al. 2019, equation 4 with the soft clipping of BCQ, Fujimoto et al. 2019). It stays supported by the data because
/// the policy does.
///
/// λ = 1, all pessimism, is the maximum backup of CQL; `per_critic` takes the maximum over actions for each critic
/// first and mixes the critics' maxima, as CQL's own code does, where other codes mix first.
template <bool Pessimistic>
struct BasicSupportedMaximum {
  Index samples = 10;                                ///< K, draws of the policy per state
  double minimum_weight = Pessimistic ? 1.0 : 0.75;  ///< λ, [0, 1]
  bool per_critic = false;                           ///< max over actions, then the mix over critics

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, at_least(1));
    visit("minimum_weight", self.minimum_weight, Interval{0, 1});
    visit("per_critic", self.per_critic);
  }
  /// Throws ConfigError that names the field.
  void validate() const { check_fields(*this); }

  template <class Policy, class Critics>
  class State {
   public:
    using X = Context<Policy, Critics>;
    using Scalar = typename X::Scalar;

    State(const BasicSupportedMaximum& config, const Policy&, const Critics&, Sizes, Generator&)
        : samples_(config.samples),
          minimum_weight_(static_cast<Scalar>(config.minimum_weight)),
          per_critic_(config.per_critic) {}

    void prepare(X&) {}
    void track(X&, double) {}

    /// V of one side of the batch, 1×B, from the online or the target critics.
    void values(X& x, Side side, Net net, Row<Scalar>& out) {
      const Matrix<Scalar>& observations = x.observations(side);
      x.policy.propose(observations, samples_, x.generator, policy_tape_, candidates_);
      const Matrix<Scalar>& q = x.critics.values(net, observations, candidates_.actions, critic_tape_);
      out.resize(observations.cols());
      if (per_critic_) {
        best_.resize(q.rows(), out.size());
        for (Index state = 0; state < out.size(); ++state)
          best_.col(state) = q.middleCols(state * candidates_.per_state, candidates_.per_state).rowwise().maxCoeff();
        mix(best_, out);
      } else {
        mix(q, mixed_);
        for (Index state = 0; state < out.size(); ++state)
          out(state) = mixed_.segment(state * candidates_.per_state, candidates_.per_state).maxCoeff();
      }
    }

    /// The mix of the batch's own actions less V(s), 1×B, from the online critics.
    void advantage(X& x, Row<Scalar>& out) {
      values(x, Side::current, Net::online, baseline_);
      mix(x.critics.values(Net::online, x.batch.observations, x.batch.actions, data_tape_), out);
      out -= baseline_;
    }

    template <class Visitor>
    void report(Visitor&&) const {}

   private:
    void mix(const Matrix<Scalar>& q, Row<Scalar>& out) const {
      out = minimum_weight_ * q.colwise().minCoeff().array() + (1 - minimum_weight_) * q.colwise().maxCoeff().array();
    }

    Index samples_;
    Scalar minimum_weight_;
    bool per_critic_;
    typename Policy::Tape policy_tape_;
    typename Critics::Tape critic_tape_;  // K actions per state
    typename Critics::Tape data_tape_;    // one: a tape for both would be allocated anew at each turn
    Candidates<Scalar, typename Policy::Actions> candidates_;
    Matrix<Scalar> best_;
    Row<Scalar> mixed_;
    Row<Scalar> baseline_;
  };
};

/// The backup of BEAR, λ = 0.75.
using SupportedMaximum = BasicSupportedMaximum<false>;

/// The maximum backup of CQL, λ = 1.
using MaximumBackup = BasicSupportedMaximum<true>;

}  // namespace holdfast
