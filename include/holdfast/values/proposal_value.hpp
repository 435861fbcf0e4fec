/// \file
/// ProposalValue: the shared State of value rules that evaluate the critics at the policy's proposal.
#pragma once

#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/networks/member_tape.hpp"
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
/// `Rule` has the field `samples`, K, and can have `subset`, a number of target critics, drawn anew for each backup, to
/// which over_proposal is then applied; 0 stands for all. It has
///
///     void over_critics(const Matrix<Scalar>& q, Row<Scalar>& out) const;            // E×N → 1×N
///     void over_proposal(const Matrix<Scalar>& q, const Proposal<Scalar, Actions>& proposal, Scalar temperature,
///                          ProposalScratch<Scalar>& scratch, Row<Scalar>& out) const; // E×KB → 1×B
///
/// The constructor throws ConfigError if there are no critics, or fewer than the subset.
template <class Rule, class Policy, class Critics>
class ProposalValue {
 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  ProposalValue(const Rule& rule, const Policy&, const Critics& critics, Sizes, Generator&) : rule_(rule) {
    require_critics(critics);
    if constexpr (has_subset) {
      require(rule.subset <= critics.size(), "value.subset", "at most critics.size", rule.subset);
      members_.resize(static_cast<std::size_t>(critics.size()));
    }
  }

  void prepare(ContextType&) {}
  void track(ContextType&, double) {}

  /// Sets `out` to V of one side of the batch, 1×B, from the online or the target critics.
  void values(ContextType& context, Side side, Net net, Row<Scalar>& out) {
    const Matrix<Scalar>& observations = context.observations(side);
    context.policy.propose(observations, rule_.samples, context.generator, policy_tape_, proposal_);
    if (draws_subset(net)) {
      evaluate_subset(context, observations);
      rule_.over_proposal(subset_q_, proposal_, context.temperature, scratch_, out);
      return;
    }
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
  static constexpr bool has_subset = requires(const Rule& rule) { rule.subset; };

  [[nodiscard]] bool draws_subset(Net net) const {
    if constexpr (has_subset)
      return rule_.subset > 0 && net == Net::target;
    else
      return false;
  }

  // Sets subset_q_ to the values of some target critics, drawn without replacement. Asks these alone where it can.
  void evaluate_subset(ContextType& context, const Matrix<Scalar>& observations) {
    if constexpr (has_subset) {
      std::iota(members_.begin(), members_.end(), Index{0});
      subset_q_.resize(rule_.subset, proposal_.actions.cols());
      const Matrix<Scalar>* all = nullptr;
      if constexpr (!detail::MemberTape<Critics>::exists)
        all = &context.critics.values(Net::target, observations, proposal_.actions, critic_tape_);
      for (Index i = 0; i < rule_.subset; ++i) {
        const Index drawn = i + context.generator.index(std::ssize(members_) - i);
        std::swap(members_[static_cast<std::size_t>(i)], members_[static_cast<std::size_t>(drawn)]);
        const Index member = members_[static_cast<std::size_t>(i)];
        if constexpr (detail::MemberTape<Critics>::exists)
          subset_q_.row(i) = std::as_const(context.critics)
                                 .member(Net::target, member)
                                 .values(observations, proposal_.actions, member_tape_)
                                 .matrix();
        else
          subset_q_.row(i) = all->row(member);
      }
    }
  }

  Rule rule_;
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;  // K actions per state
  typename Critics::Tape data_tape_;    // one action per state; sharing a tape would reallocate it at each use
  Proposal<Scalar, typename Policy::Actions> proposal_;
  ProposalScratch<Scalar> scratch_;
  Row<Scalar> baseline_;

  std::vector<Index> members_;  // a permutation of the critics, of which the first are the subset
  typename detail::MemberTape<Critics>::Type member_tape_;
  Matrix<Scalar> subset_q_;  // the subset's values, subset×KB
};

}  // namespace holdfast
