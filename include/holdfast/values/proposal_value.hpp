/// \file
/// ProposalValue: the shared State of value rules that evaluate the critics at the policy's proposal.
#pragma once

#include <vector>

#include "holdfast/bellman/context.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Scratch memory of a rule.
template <class Scalar>
struct ProposalScratch {
  Row<Scalar> value;         ///< 1×KB, values of the proposed actions
  std::vector<Index> order;  ///< K, actions of a state in ascending order of value
};

/// The State of a value rule that evaluates the critics at K proposed actions of the policy for each state:
///
///     V(s) = over_proposal(Q(s, a_1), …, Q(s, a_K)),  A(s, a) = over_critics(Q(s, a)) − V(s).
///
/// `Rule` has the field `samples`, K, and
///
///     void over_critics(const Matrix<Scalar>& q, Row<Scalar>& out) const;            // E×N → 1×N
///     void over_proposal(const Matrix<Scalar>& q, const Proposal<Scalar, Actions>& proposal, Scalar temperature,
///                          ProposalScratch<Scalar>& scratch, Row<Scalar>& out) const; // E×KB → 1×B
///
/// The constructor throws ConfigError if there are no critics.
template <class Rule, class Policy, class Critics>
class ProposalValue {
 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  ProposalValue(const Rule& rule, const Policy&, const Critics& critics, Sizes, Generator&) : rule_(rule) {
    require_critics(critics);
  }

  void prepare(ContextType&) {}
  void track(ContextType&, double) {}

  /// Sets `out` to V of one side of the batch, 1×B, from the online or the target critics.
  void values(ContextType& context, Side side, Net net, Row<Scalar>& out) {
    const Matrix<Scalar>& observations = context.observations(side);
    context.policy.propose(observations, rule_.samples, context.generator, policy_tape_, proposal_);
    const Matrix<Scalar>& q = context.critics.values(net, observations, proposal_.actions, critic_tape_);
    rule_.over_proposal(q, proposal_, context.temperature, scratch_, out);
  }

  /// Sets `out` to the advantages of the batch's own actions, 1×B, from the online critics.
  void advantage(ContextType& context, Row<Scalar>& out) {
    values(context, Side::current, Net::online, baseline_);
    rule_.over_critics(
        context.critics.values(Net::online, context.batch.observations, context.batch.actions, data_tape_), out);
    out -= baseline_;
  }

  static void state(auto&, auto&&) {}

  template <class Visitor>
  void report(Visitor&&) const {}

 private:
  Rule rule_;
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;  // K actions per state
  typename Critics::Tape data_tape_;    // one action per state; sharing a tape would reallocate it at each use
  Proposal<Scalar, typename Policy::Actions> proposal_;
  ProposalScratch<Scalar> scratch_;
  Row<Scalar> baseline_;
};

}  // namespace holdfast
