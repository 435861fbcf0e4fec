/// \file
/// ConservativeValue: the penalty of CQL's theory, which lowers Q at the policy's actions.
#pragma once

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The penalty of CQL's theory: Σ_i α (E_π[Q_i(s, a)] − Q_i(s, a_data)), averaged over the batch (Kumar et al. 2020,
/// "Conservative Q-learning", equation 2, for μ = π). It is added to the squared Bellman errors. For finite actions the
/// expectation is exact, otherwise it is a mean over K draws.
///
/// For tabular critics the fixed point is Q(s, a) = y(s, a) − (α/2) (π(a|s)/β̂(a|s) − 1) for every action with
/// β̂(a|s) > 0 in the data. (The paper's objective has half the squared error, so that its fixed point has α in place
/// of α/2.) E_π[Q] then lies below V^π by a known amount: (α/2) (I − γ P^π)⁻¹ E_π[π/β̂ − 1] (their theorem 3.2).
struct ConservativeValue {
  double alpha = 1;   ///< α, at least 0
  Index samples = 1;  ///< K, draws of a continuous policy per state

  static void fields(auto& self, auto&& visit) {
    visit("alpha", self.alpha, at_least(0));
    visit("samples", self.samples, size_from(1));
  }

  static void absent(const Composition& in, auto&& visit) {
    if (in.finite_actions) visit("samples", all_are_counted);
  }

  void warn(Warnings& warnings) const {
    if (alpha == 0) warnings.idle("samples", "alpha is 0");
  }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class ConservativeValue::State {
 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  /// Throws ConfigError if there are no critics.
  State(const ConservativeValue& config, const Policy&, const Critics& critics, Sizes, Generator&) : config_(config) {
    require_critics(critics);
  }

  void prepare(ContextType&) {}

  /// Adds the gradient of the penalty to the critics' gradients and its derivative with respect to `q_data` to
  /// `adjoint`. Returns the penalty.
  Scalar add(ContextType& context, const Matrix<Scalar>& q_data, Matrix<Scalar>& adjoint) {
    const Matrix<Scalar>& observations = context.batch.observations;
    context.policy.propose(observations, config_.samples, context.generator, policy_tape_, proposal_);
    const Matrix<Scalar>& q = context.critics.values(Net::online, observations, proposal_.actions, critic_tape_);
    const Scalar share = static_cast<Scalar>(config_.alpha) / static_cast<Scalar>(context.batch.size());
    const Scalar gap = (q.array().rowwise() * proposal_.weights).sum() - q_data.sum();
    const Scalar penalty = share * gap;
    context.require_finite(penalty, "critic penalty");
    gap_ = static_cast<double>(gap) / static_cast<double>(q_data.size());
    adjoint_.resize(q.rows(), q.cols());
    for (Index i = 0; i < q.rows(); ++i) adjoint_.row(i) = (share * proposal_.weights).matrix();
    adjoint.array() -= share;
    context.critics.backward(observations, proposal_.actions, critic_tape_, adjoint_);
    return penalty;
  }

  static void state(auto&, auto&&) {}

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("conservative_gap", gap_);
  }

 private:
  ConservativeValue config_;
  double gap_ = 0;  // mean over the batch and the critics
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;
  Proposal<Scalar, typename Policy::Actions> proposal_;
  Matrix<Scalar> adjoint_;
};

}  // namespace holdfast
